import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import type { RollbackJson } from '../../src/ui/plan/rollback-view.ts';
import { changedPaths } from '../support/converge.ts';
import { changesOf, expectExit, haprov, planOf, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { pair, writeInventory } from '../support/lab-inventory.ts';
import { EXTRA_VIP, OWN_VIP } from '../support/lab-topology.ts';
import { observe } from '../support/observe.ts';

const HOSTS = ['own1', 'own2'] as const;
const VRID = 69;
const CONF = '/etc/keepalived/keepalived.conf';
const CANARY = 'rBcNaRy1';

/** What haprov leaves of itself on a host; the lab's own files have its name too. */
const TRACES = `find / -xdev -name '*haprov*' ! -path '/proc/*' ! -path '/usr/lib/haprov-lab*'
find /run -maxdepth 1 -name 'haprov*'
iptables-save | grep -e 'vrrp' -e '-p 112' || :
sysctl -n net.ipv4.ip_nonlocal_bind`;

describeOnLab('taking back', () => {
  let lab: Lab;
  let one: string;
  let two: string;
  const said: string[] = [];

  const runs = async (inventory: string): Promise<RollbackJson['runs']> => {
    const { stdout } = await expectExit(0, ['rollback', inventory, '--json']);
    const json: RollbackJson = JSON.parse(stdout);
    said.push(stdout);
    return json.runs;
  };
  const holders = () =>
    until(
      () => holdersOf(lab, HOSTS, OWN_VIP),
      ({ length }) => length === 1,
      30_000,
    );
  const conf = () => Promise.all(HOSTS.map((host) => must(lab, host, `cat ${CONF}`)));

  beforeAll(async () => {
    lab = await testLab(HOSTS, { blank: true });
    one = writeInventory(lab, { own: pair(HOSTS, 'nginx', VRID, OWN_VIP) });
    const more = { virtual_ipaddress: [`${OWN_VIP}/24`, `${EXTRA_VIP}/24`], auth_pass: CANARY };
    two = writeInventory(lab, { own: pair(HOSTS, 'nginx', VRID, OWN_VIP, more) });
    await expectExit(0, ['apply', one, '--yes']);
    await holders();
  });

  it('names each run with what it changed, and refuses one whose file a later run has changed', async () => {
    const before = await conf();
    await expectExit(0, ['apply', two, '--yes']);
    const [second, first] = await runs(two);
    expect([second?.what, second?.possible, second?.undo]).toEqual([['keepalived.conf'], true, 'clean']);
    expect([first?.possible, first?.undo]).toEqual([false, `no: undo ${second?.run} first`]);
    expect(second?.hosts).toEqual(HOSTS.map((host) => ({ host, state: 'done', undo: 'clean' })));
    const after = await conf();
    const { code, stdout } = await haprov(['rollback', two, '--undo', first?.run ?? '', '--yes']);
    expect(code).toBe(1);
    expect(stdout).toContain(`was changed by ${second?.run} since`);
    expect(await conf()).toEqual(after);
    expect(after).not.toEqual(before);
  });

  it('puts the run before back with the VIP answering all the time, and shows no password', async () => {
    await holders();
    const seen = await observe(lab, { hosts: HOSTS, vips: [OWN_VIP] }, () =>
      expectExit(0, ['rollback', two, '--undo', 'last', '--yes']),
    );
    said.push(seen.result.stdout, seen.result.stderr);
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, noneMs: 0 });
    await expectExit(0, ['plan', one, '--detailed-exitcode']);
    expect((await runs(one)).map(({ undo }) => undo)).toEqual(['clean', 'undone', 'clean, packages stay']);
    expect(said.join('\n')).not.toContain(CANARY);
    const records = await must(lab, HOSTS[0], 'cat /var/lib/haprov/runs/*');
    expect(records).not.toContain(CANARY);
  });

  it('takes a rollback back as well', async () => {
    await expectExit(0, ['rollback', one, '--undo', 'last', '--yes']);
    await expectExit(0, ['plan', two, '--detailed-exitcode']);
    await expectExit(0, ['rollback', one, '--undo', 'last', '--yes']);
    await expectExit(0, ['plan', one, '--detailed-exitcode']);
  });

  it('leaves a host alone whose file was changed by hand, and its partner too', async () => {
    const last = (await runs(one))[0]?.run ?? '';
    await must(lab, HOSTS[1], `echo '# by hand' >>${CONF}`);
    const before = await conf();
    const { code, stdout } = await haprov(['rollback', one, '--undo', last, '--yes', '--json']);
    expect(code).toBe(1);
    const { hosts } = summaryOf({ code, signal: null, stdout, stderr: '', ms: 0 });
    expect(hosts[HOSTS[1]]?.error?.message).toContain('was changed by hand since');
    expect(hosts[HOSTS[0]]?.status).toBe('untouched');
    expect(await conf()).toEqual(before);
    await expectExit(0, ['apply', one, '--yes']);
  });

  it('removes all that haprov wrote, the holder last, and nothing else', async () => {
    const dry = await expectExit(0, ['remove', one, '--dry-run']);
    expect(dry.stdout).toContain(`${OWN_VIP} will be on no host afterwards`);
    await expectExit(0, ['remove', one, '--yes']);
    for (const host of HOSTS) {
      expect(await must(lab, host, TRACES)).toBe('0\n');
      expect(await lab.exec(host, 'systemctl is-active keepalived; systemctl is-enabled keepalived')).toMatchObject({
        stdout: 'inactive\ndisabled\n',
      });
      expect(await must(lab, host, `systemctl is-active nginx; ls ${CONF} 2>&1 || :`)).toMatch(
        /^active\n.*No such file/,
      );
    }
    expect((await expectExit(0, ['remove', one, '--yes'])).stdout).toContain('REMOVE 0 changes on 2 hosts');
    expect(await runs(one)).toEqual([]);
  });

  it('leaves a host as it was found, when it came and went once more', async () => {
    const before = await lab.snapshot(HOSTS[0]);
    await expectExit(0, ['apply', one, '--yes']);
    await expectExit(0, ['remove', one, '--yes']);
    const left = changedPaths(before, await lab.snapshot(HOSTS[0])).filter((line) => !/ mtime$/.test(line));
    expect(left).toEqual([]);
  });

  it('purges the packages that it has installed, and a new apply finds a blank host', async () => {
    await Promise.all(HOSTS.map((host) => lab.reset(host)));
    await expectExit(0, ['apply', one, '--yes']);
    await expectExit(0, ['remove', one, '--purge', '--yes']);
    for (const host of HOSTS) {
      expect(await must(lab, host, 'dpkg -l keepalived nginx 2>/dev/null | grep -c ^ii || :')).toBe('0\n');
    }
    expect(changesOf(await planOf(one), HOSTS[0])).toContain('install package keepalived, nginx, curl');
  });
});
