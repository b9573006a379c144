import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { LAB_USERS } from '../../docker/demo.ts';
import type { Lab } from '../../docker/lab-handle.ts';
import { changesOf, type HaprovResult, haprov, planOf, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, journalCursor, sshLogSince, until } from '../support/lab-facts.ts';
import { addressOf, pair, writeInventory } from '../support/lab-inventory.ts';
import { BARE_VIP } from '../support/lab-topology.ts';

const HOSTS = ['bare1', 'bare2'] as const;
const VIP = BARE_VIP;
const PASSWORD = LAB_USERS.ops.password;
const env = { SSH_PASSWORD: PASSWORD, SUDO_PASSWORD: PASSWORD };
/** Seconds for which another installation goes on. */
const LOCKED = 8;
/** Holds dpkg's lock as dpkg itself does: a lock of fcntl(2), not of flock(2). */
const LOCK = `use Fcntl;
open(my $file, ">", "/var/lib/dpkg/lock-frontend") or die;
my $lock = pack("s s x4 q q l x4", F_WRLCK, 0, 0, 0, 0);
fcntl($file, F_SETLK, $lock) or die;
open(my $mark, ">", "/run/locked"); close $mark;
sleep ${LOCKED};
system("date +%s >/run/unlocked");
`;

describeOnLab('a blank pair with passwords, no known hosts, and apt at work already', () => {
  let lab: Lab;
  let inventory: string;
  let applied: HaprovResult;
  let lockEnded: string;
  let processes: string;

  const passwords = (known: string) => ({
    ssh: { user: 'ops', password: { env: 'SSH_PASSWORD' }, known_hosts_file: known, host_key_checking: 'accept-new' },
    become: { password: { env: 'SUDO_PASSWORD' } },
  });
  const cluster = pair(HOSTS, 'none', 81, VIP, { nopreempt: false });

  beforeAll(async () => {
    lab = await testLab(HOSTS);
    const first = writeInventory(lab, {});
    inventory = writeInventory(lab, { bare: cluster }, passwords(join(dirname(first), 'known_hosts')));
    await lab.exec('bare1', 'cat >/run/lock.pl; systemd-run -q --unit=other-apt perl /run/lock.pl', { input: LOCK });
    await must(lab, 'bare1', 'timeout 20 sh -c "until [ -e /run/locked ]; do sleep 0.1; done"');
    await must(
      lab,
      'bare1',
      `systemd-run -q --unit=watch-ps sh -c 'for i in $(seq 200); do ps axww -o args >>/run/ps; sleep 0.05; done'`,
    );
    applied = await haprov(['apply', inventory, '--yes', '--json'], { env });
    lockEnded = await must(lab, 'bare1', 'cat /run/unlocked');
    processes = await must(lab, 'bare1', 'cat /run/ps');
  });

  it('waits until the lock is free, then goes on', async () => {
    expect(summaryOf(applied).hosts).toMatchObject({
      bare1: { status: 'changed', error: null },
      bare2: { status: 'changed' },
    });
    expect(applied.code).toBe(0);
    const installed = await must(lab, 'bare1', 'stat -c %Y /var/lib/dpkg/info/keepalived.list');
    expect(Number(installed)).toBeGreaterThanOrEqual(Number(lockEnded));
    expect(Number(lockEnded)).toBeGreaterThan(0);
  });

  it('runs with sudo by password, and leaves one holder', async () => {
    // Where the other one was first, the one with the higher priority takes it a master-down interval later.
    const holders = () => holdersOf(lab, HOSTS, VIP);
    expect(await until(holders, (found) => found.join() === 'bare1', 15_000)).toEqual(['bare1']);
    const plan = await planOf(inventory, ['--detailed-exitcode'], { env });
    expect(HOSTS.flatMap((host) => changesOf(plan, host))).toEqual([]);
  });

  it('shows a password in no process list and in no output', () => {
    expect(processes).toContain('sudo');
    expect(processes).not.toContain(PASSWORD);
    expect(applied.stdout + applied.stderr).not.toContain(PASSWORD);
  });

  it('writes down the host keys that it accepted, and holds the hosts to them from then on', async () => {
    const known = /known_hosts_file: (.*)/.exec(readFileSync(inventory, 'utf8'))?.[1] ?? '';
    // Hashed, where the machine's ssh_config says so: ssh-keygen finds it either way.
    for (const host of HOSTS) {
      const { stdout } = spawnSync('ssh-keygen', ['-F', addressOf(host), '-f', known], { encoding: 'utf8' });
      expect(stdout).toContain(' ssh-');
    }
    const strict = writeInventory(
      lab,
      { bare: cluster },
      { ...passwords(known), ssh: { ...passwords(known).ssh, host_key_checking: 'strict' } },
    );
    expect((await haprov(['plan', strict], { env })).code).toBe(0);
  });

  it('accepts no new key where host_key_checking is strict, and sends no password', async () => {
    const none = join(dirname(inventory), 'nobody-is-known');
    const strict = writeInventory(
      lab,
      { bare: cluster },
      { ...passwords(none), ssh: { ...passwords(none).ssh, host_key_checking: 'strict' } },
    );
    const cursor = await journalCursor(lab, 'bare1');
    expect((await haprov(['plan', strict], { env })).code).toBe(4);
    expect(await sshLogSince(lab, 'bare1', cursor)).toMatchObject({ logins: 0, attempts: 0 });
    expect(existsSync(none)).toBe(false);
  });

  it('says that sudo did not accept a password, and does not try it again and again', async () => {
    const wrong = 'n0t-the-one';
    const cursor = await journalCursor(lab, 'bare1');
    const result = await haprov(['apply', inventory, '--yes', '--json'], { env: { ...env, SUDO_PASSWORD: wrong } });
    expect(result.code).toBe(1);
    expect(summaryOf(result).hosts['bare1']?.status).toBe('failed');
    expect(summaryOf(result).hosts['bare1']?.error?.message).toBe('sudo did not accept the password');
    expect(result.stdout + result.stderr).not.toContain(wrong);
    const attempts = await must(
      lab,
      'bare1',
      `journalctl -q --sync; journalctl -q -o cat -t sudo --after-cursor='${cursor}' | grep -c 'authentication failure' || true`,
    );
    expect(Number(attempts)).toBeLessThanOrEqual(1);
  });

  it('says that a login was refused, with what was tried', async () => {
    const result = await haprov(['plan', inventory, '--json'], { env: { ...env, SSH_PASSWORD: 'n0t-the-one' } });
    expect(result.code).toBe(4);
    const plan = JSON.parse(result.stdout);
    expect(plan.hosts.bare1.status).toBe('unreachable');
    expect(plan.hosts.bare1.error.message).toMatch(/refused to log in ops \(tried .*password/);
    expect(result.stdout + result.stderr).not.toContain('n0t-the-one');
  });

  it('names a secret that is missing, exit 3, before any connection', async () => {
    const cursor = await journalCursor(lab, 'bare1');
    const result = await haprov(['plan', inventory], { env: { SSH_PASSWORD: PASSWORD } });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('SUDO_PASSWORD');
    expect((await sshLogSince(lab, 'bare1', cursor)).text).not.toContain('Connection from');
  });
});
