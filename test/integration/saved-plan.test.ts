import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { converge } from '../support/converge.ts';
import { expectExit, haprov } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { addressOf, PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { PLACE } from '../support/lab-place.ts';
import { VIPS } from '../support/lab-topology.ts';

const SECRET = 'cAnary77';
const env = { AUTH: SECRET };

describeOnLab('a saved plan', () => {
  let lab: Lab;
  let inventory: string;
  let saved: string;

  /** What a refused plan must not have changed. */
  const state = () =>
    Promise.all(
      PAIRS.web.map((host) =>
        must(
          lab,
          host,
          'sha256sum /etc/keepalived/keepalived.conf; ls -la --time-style=full-iso /etc/keepalived; systemctl show -p MainPID keepalived',
        ),
      ),
    );

  const cluster = (more: object) => pair(PAIRS.web, 'nginx', 61, VIPS.web, { auth_pass: { env: 'AUTH' }, ...more });

  beforeAll(async () => {
    lab = await testLab(PAIRS.web);
    await converge(lab, ['web']);
  });

  beforeEach(async () => {
    inventory = writeInventory(lab, { web: cluster({ priority: { web1: 170, web2: 120 } }) });
    saved = join(dirname(inventory), 'plan.json');
    await expectExit(0, ['plan', inventory, '--out', saved], { env });
  });

  async function refused(more: Readonly<Record<string, string>> = env): Promise<string> {
    const before = await state();
    const result = await expectExit(1, ['apply', inventory, '--plan', saved, '--yes'], { env: more });
    expect(await state()).toEqual(before);
    expect(result.stderr).toContain('stale');
    return result.stderr;
  }

  it('is a file that its owner alone may read, without secrets', () => {
    expect(statSync(saved).mode & 0o777).toBe(0o600);
    expect(readFileSync(saved, 'utf8')).not.toContain(SECRET);
    expect(readFileSync(saved, 'utf8')).toContain('priority 170');
  });

  it('is refused once a host differs from what it saw, and that host is named', async () => {
    await must(lab, 'web2', 'echo "# by hand" >>/etc/keepalived/keepalived.conf');
    expect(await refused()).toContain('web2');
    await must(lab, 'web2', "sed -i '/# by hand/d' /etc/keepalived/keepalived.conf");
  });

  it('is refused once the inventory says something else', async () => {
    writeFileSync(inventory, readFileSync(inventory, 'utf8').replace('web1: 170', 'web1: 171'));
    expect(await refused()).toContain('web1');
  });

  it('is refused once a secret is another one, though no line of it shows', async () => {
    await refused({ AUTH: 'an0ther1' });
  });

  it('is refused once somebody edited it', async () => {
    writeFileSync(saved, readFileSync(saved, 'utf8').replace('priority 170', 'priority 70'));
    await refused();
  });

  it('is no plan at all, exit 3, where the file holds something else', async () => {
    writeFileSync(saved, '{"format":1}');
    await expectExit(3, ['apply', inventory, '--plan', saved, '--yes'], { env });
  });

  it('is not saved where a host could not be planned', async () => {
    const text = readFileSync(inventory, 'utf8').replace(addressOf('web2'), `${PLACE.front}.99`);
    const other = join(dirname(inventory), 'other.json');
    writeFileSync(inventory, text.replace('ssh:', 'ssh:\n  connect_timeout: 2'));
    const result = await haprov(['plan', inventory, '--out', other], { env });
    expect(result.code).not.toBe(0);
    expect(() => statSync(other)).toThrow();
  });

  it('applies exactly what it says while nothing has changed', async () => {
    const applied = await expectExit(0, ['apply', inventory, '--plan', saved, '--yes'], { env });
    expect(applied.stdout + applied.stderr).not.toContain(SECRET);
    expect(await must(lab, 'web1', 'cat /etc/keepalived/keepalived.conf')).toMatch(/priority 170\n/);
    expect(await must(lab, 'web2', 'cat /etc/keepalived/keepalived.conf')).toMatch(/priority 120\n/);
    await expectExit(0, ['plan', inventory, '--detailed-exitcode'], { env });
    await refused();
  });
});
