import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { haprov, planOf, summaryOf } from '../support/haprov.ts';
import { describeOnLab, testLab } from '../support/lab.ts';
import { journalCursor, sshLogSince } from '../support/lab-facts.ts';
import { addressOf, CLUSTERS, PAIRS, sshOf, writeInventory } from '../support/lab-inventory.ts';

const SEEN = ['jump', ...PAIRS.inner];

/** known_hosts in which some hosts have the keys of another one, and some are missing. */
interface Doctored {
  readonly wrong?: string;
  readonly missing?: string;
}

describeOnLab('host keys behind a jump host', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await testLab([...SEEN, 'client']);
  });

  function inventoryWith({ wrong, missing }: Doctored): string {
    const lines = readFileSync(join(lab.dir, 'known_hosts'), 'utf8').trim().split('\n');
    const has = (line: string, host: string) => (line.split(' ')[0] ?? '').split(',').includes(addressOf(host));
    const others = lines.filter((line) => has(line, 'client')).map((line) => line.split(' ').slice(1).join(' '));
    const kept = lines.filter((line) => ![wrong, missing].some((host) => host !== undefined && has(line, host)));
    const doctored = wrong === undefined ? [] : others.map((key) => `${addressOf(wrong)} ${key}`);
    const file = writeInventory(lab, { inner: CLUSTERS.inner });
    const known = join(dirname(file), 'known_hosts');
    writeFileSync(known, `${[...kept, ...doctored].join('\n')}\n`);
    const ssh = { ...sshOf(lab), known_hosts_file: known };
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(/known_hosts_file: .*/, `known_hosts_file: ${ssh.known_hosts_file}`),
    );
    return file;
  }

  /** Runs haprov and gives its result beside what each sshd has seen of it. */
  async function watched(args: readonly string[]) {
    const cursors = await Promise.all(SEEN.map(async (host) => [host, await journalCursor(lab, host)] as const));
    const result = await haprov(args);
    const logs = await Promise.all(
      cursors.map(async ([host, cursor]) => [host, await sshLogSince(lab, host, cursor)] as const),
    );
    return { result, logs: new Map(logs) };
  }

  it('lets sshd tell of every login, so that silence means something', async () => {
    const { result, logs } = await watched(['plan', inventoryWith({})]);
    expect(result.code).toBe(0);
    for (const host of SEEN) {
      expect(logs.get(host)?.logins).toBe(1);
      expect(logs.get(host)?.attempts).toBeGreaterThan(0);
    }
  });

  it.each(['wrong', 'missing'])('sends nothing to a target whose key is %s, and names the target', async (kind) => {
    const { result, logs } = await watched(['apply', inventoryWith({ [kind]: 'in1' }), '--yes', '--json']);
    expect(result.code).toBe(4);
    expect(logs.get('in1')).toMatchObject({ logins: 0, commands: 0, attempts: 0 });
    expect(logs.get('in1')?.text).toContain('Connection from');
    const error = summaryOf(result).hosts['in1']?.error;
    expect(summaryOf(result).hosts['in1']?.status).toBe('unreachable');
    expect(error?.message).toContain(addressOf('in1'));
    expect(error?.message).toContain('SHA256:');
    expect(error?.message).not.toContain('jump');
    expect(error?.message).toMatch(kind === 'wrong' ? /changed/ : /not known/);
    expect(error?.next).toBeTruthy();
  });

  it.each(['wrong', 'missing'])(
    'sends nothing through a jump host whose key is %s, and names that hop',
    async (kind) => {
      const { result, logs } = await watched(['apply', inventoryWith({ [kind]: 'jump' }), '--yes', '--json']);
      expect(result.code).toBe(4);
      expect(logs.get('jump')).toMatchObject({ logins: 0, commands: 0, attempts: 0 });
      for (const host of PAIRS.inner) {
        expect(logs.get(host)?.text).toBe('');
        const { status, error } = summaryOf(result).hosts[host] ?? {};
        expect(status).toBe('unreachable');
        expect(error?.message).toContain(`jump 1 of 1 deploy@${addressOf('jump')}:22`);
        expect(error?.message).toMatch(kind === 'wrong' ? /changed/ : /not known/);
      }
    },
  );

  it('says the same in a plan', async () => {
    const plan = await planOf(inventoryWith({ wrong: 'jump' }));
    expect(plan.hosts['in1']?.error?.message).toContain(`jump 1 of 1 deploy@${addressOf('jump')}:22`);
  });

  it('does not reach the inner hosts past the jump host', async () => {
    const direct = writeInventory(lab, { inner: { ...CLUSTERS.inner, ssh: {} } });
    expect((await haprov(['plan', direct])).code).toBe(4);
    expect((await haprov(['plan', direct, '--jump', `deploy@${addressOf('jump')}`])).code).toBe(0);
  });
});
