import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LAB_USERS } from '../../docker/demo.ts';
import { docker } from '../../docker/docker.ts';
import type { Lab } from '../../docker/lab-handle.ts';
import { expectExit, type HaprovResult, haprov, planOf, startHaprov, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { journalCursor, sshLogSince, until } from '../support/lab-facts.ts';
import { addressOf, CLUSTERS, PAIRS, sshOf, writeInventory } from '../support/lab-inventory.ts';

const NODE = '/opt/node/bin/node';
const FROM = ['--from', `deploy@${addressOf('jump')}`];
const PASSWORD = LAB_USERS.ops.password;
/** Everything that the relay could leave on the jump host. */
const FILES = 'find /tmp /var/tmp /dev/shm /home /root /opt -printf "%p %s %m\\n" | sort';
const RELAYS = `pgrep -f '^${NODE}|^node ' || true`;

/** What status tells, and apart from it the ages of the instances' states, which go on. */
function statusOf({ stdout }: HaprovResult): { readonly rest: unknown; readonly ages: readonly number[] } {
  const ages: number[] = [];
  const rest: unknown = JSON.parse(stdout, (key, value: unknown) => {
    if (key !== 'since' || typeof value !== 'number') return value;
    ages.push(value);
    return null;
  });
  return { rest, ages };
}

describeOnLab('running from the jump host', () => {
  let lab: Lab;
  let inventory: string;
  let before: string;

  const relays = async () => (await must(lab, 'jump', RELAYS)).trim();

  beforeAll(async () => {
    lab = await testLab([...PAIRS.inner, 'jump', 'client']);
    await must(lab, 'jump', `mkdir -p ${dirname(NODE)}`);
    const container = lab.hosts.get('jump')?.container ?? '';
    await docker(['cp', '--follow-link', process.execPath, `${container}:${NODE}`]);
    inventory = writeInventory(lab, { inner: CLUSTERS.inner });
    before = await must(lab, 'jump', FILES);
  });

  afterAll(async () => {
    await must(lab, 'jump', `rm -rf ${dirname(dirname(NODE))}`);
  });

  /** known_hosts with another key for in1. */
  function doctored(): string {
    const file = writeInventory(lab, { inner: CLUSTERS.inner });
    const lines = readFileSync(join(lab.dir, 'known_hosts'), 'utf8').trim().split('\n');
    const has = (line: string, host: string) => (line.split(' ')[0] ?? '').split(',').includes(addressOf(host));
    const kept = lines.filter((line) => !has(line, 'in1'));
    const others = lines.filter((line) => has(line, 'client')).map((line) => line.split(' ').slice(1).join(' '));
    const known = join(dirname(file), 'known_hosts');
    writeFileSync(known, `${[...kept, ...others.map((key) => `${addressOf('in1')} ${key}`)].join('\n')}\n`);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/known_hosts_file: .*/, `known_hosts_file: ${known}`));
    return file;
  }

  it('applies, and a second apply finds nothing to change', async () => {
    await expectExit(0, ['apply', inventory, '--yes', '--json', ...FROM]);
    const again = summaryOf(await expectExit(0, ['apply', inventory, '--yes', '--json', ...FROM]));
    for (const host of PAIRS.inner) expect(again.hosts[host]).toMatchObject({ status: 'ok', changes: 0 });
  });

  it('connects once to the jump host, and from there once to each host', async () => {
    const hosts = ['jump', ...PAIRS.inner];
    const cursors = await Promise.all(hosts.map((host) => journalCursor(lab, host)));
    await expectExit(0, ['plan', inventory, ...FROM]);
    for (const [index, host] of hosts.entries()) {
      const log = await sshLogSince(lab, host, cursors[index] ?? '');
      expect([host, log.logins, log.text.match(/Connection from/g)?.length]).toEqual([host, 1, 1]);
    }
  });

  it('plans and tells the status as through the jump host', async () => {
    expect(await planOf(inventory, FROM)).toEqual(await planOf(inventory));
    const [there, through] = await Promise.all([
      haprov(['status', inventory, '--json', ...FROM]),
      haprov(['status', inventory, '--json']),
    ]);
    expect(there.code).toBe(0);
    const [one, other] = [statusOf(there), statusOf(through)];
    expect(one.rest).toEqual(other.rest);
    // They were not asked at the same moment, and an age goes on.
    const apart = Math.max(there.ms, through.ms) / 1000 + 1;
    expect(one.ages).toHaveLength(PAIRS.inner.length);
    for (const [index, age] of one.ages.entries()) {
      expect(Math.abs(age - (other.ages[index] ?? Number.NaN))).toBeLessThanOrEqual(apart);
    }
  });

  it('refuses a host whose key is not the known one, in the same words as through the jump host', async () => {
    const file = doctored();
    const there = await planOf(file, FROM);
    expect(there.hosts['in1']?.error?.message).toMatch(/changed/);
    expect(there.hosts['in2']?.status).toBe('planned');
    expect(there).toEqual(await planOf(file));
  });

  it('ends with 4 where one host is dead, and plans the other', async () => {
    try {
      await must(lab, 'in2', 'systemctl stop ssh.service; ! ss -Htln "sport = 22" | grep -q .');
      const { code, stdout } = await haprov(['plan', inventory, '--json', ...FROM]);
      expect(code).toBe(4);
      expect(JSON.parse(stdout).hosts).toMatchObject({
        in1: { status: 'planned' },
        in2: { status: 'unreachable', error: { message: `connection refused by ${addressOf('in2')}:22` } },
      });
    } finally {
      await must(lab, 'in2', 'systemctl start ssh.service');
    }
  });

  it('takes passwords along, and lets nobody on the jump host see them', async () => {
    const file = writeInventory(
      lab,
      { inner: { ...CLUSTERS.inner, ssh: {} } },
      {
        ssh: { ...sshOf(lab), user: 'ops', password: { env: 'OPS' } },
        become: { password: { env: 'OPS' } },
      },
    );
    const look = 'ps axww -o args; cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"';
    await must(lab, 'jump', 'rm -f /run/seen-enough');
    await must(
      lab,
      'jump',
      `systemd-run -q --unit=watch sh -c 'until [ -e /run/seen-enough ]; do ${look}; sleep 0.02; done >/run/seen'
timeout 20 sh -c 'until [ -s /run/seen ]; do sleep 0.1; done'`,
    );
    const result = await haprov(['plan', file, ...FROM], { env: { OPS: PASSWORD } });
    await must(lab, 'jump', 'touch /run/seen-enough; while systemctl -q is-active watch; do sleep 0.1; done');
    expect(result.code, result.stdout + result.stderr).toBe(0);
    const seen = await must(lab, 'jump', 'cat /run/seen; rm /run/seen /run/seen-enough');
    expect(seen).toContain('haprovMark');
    expect(seen).not.toContain(PASSWORD);
  });

  it('leaves no process when haprov is killed', async () => {
    // Those of earlier runs end by themselves; nobody waits for them.
    expect(await until(relays, (pids) => pids === '', 20_000)).toBe('');
    const watching = startHaprov(['status', inventory, '--watch', '--json', ...FROM]);
    await watching.printed(1);
    expect(await relays()).toMatch(/^\d+$/);
    watching.signal('SIGKILL');
    await watching.ended;
    expect(await until(relays, (pids) => pids === '', 20_000)).toBe('');
  });

  it('says what it needs where there is no Node, and offers to pass through', async () => {
    await must(lab, 'jump', `mv ${NODE} ${NODE}.away`);
    try {
      const { code, stdout } = await haprov(['plan', inventory, '--json', ...FROM]);
      expect(code).toBe(4);
      const { error } = JSON.parse(stdout).hosts.in1;
      expect(error.message).toContain(
        `jump 1 of 1 deploy@${addressOf('jump')}:22: haprov needs Node 20 or later there`,
      );
      expect(error.next).toContain(`--jump deploy@${addressOf('jump')}`);
    } finally {
      await must(lab, 'jump', `mv ${NODE}.away ${NODE}`);
    }
  });

  it('left no file on the jump host in all of this', async () => {
    expect(before).toContain(NODE);
    expect(await must(lab, 'jump', FILES)).toBe(before);
  });
});
