import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import type { Snapshot } from '../../docker/snapshot.ts';
import type { PlanJson } from '../../src/ui/plan/plan-json.ts';
import { changedPaths } from '../support/converge.ts';
import { changesOf, type HaprovResult, haprov, planOf, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, httpStatus, journalCursor, type SshLog, sshLogSince } from '../support/lab-facts.ts';
import { CLUSTERS, PAIRS, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';

const NAMES = ['web', 'mix', 'prx', 'inner'] as const;
const HOSTS = NAMES.flatMap((name) => [...PAIRS[name]]);
/** One of each kind: Debian, RPM family, behind the jump host. */
const WATCHED = ['web1', 'mix2', 'prx2', 'in1'];

describeOnLab('the main job on blank hosts', () => {
  let lab: Lab;
  let inventory: string;
  let vrrpBefore: string;
  let blankPlan: PlanJson;
  let blankCode: number | null;
  let blankDryRun: HaprovResult;
  const blank: Snapshot[][] = [];
  let applied: HaprovResult;
  const status = new Map<string, string>();
  const holders = new Map<string, string[]>();
  let second: HaprovResult;
  let converged: HaprovResult;
  let dryRun: HaprovResult;
  const standing: Snapshot[][] = [];
  const logs = new Map<string, SshLog>();

  const snapshots = () => Promise.all(WATCHED.map((host) => lab.snapshot(host)));

  beforeAll(async () => {
    lab = await testLab([...HOSTS, 'jump', 'client'], { blank: true });
    inventory = writeInventory(lab, CLUSTERS);
    vrrpBefore = (
      await lab.exec('mix2', 'firewall-cmd --query-protocol=vrrp; nft list chain inet firewalld filter_INPUT')
    ).stdout;

    blank.push(await snapshots());
    blankPlan = await planOf(inventory);
    blankCode = (await haprov(['plan', inventory, '--detailed-exitcode'])).code;
    blankDryRun = await haprov(['apply', inventory, '--dry-run']);
    blank.push(await snapshots());

    applied = await haprov(['apply', inventory, '--yes', '--json']);
    for (const name of NAMES) {
      holders.set(name, await holdersOf(lab, PAIRS[name], VIPS[name]));
      status.set(name, await httpStatus(lab, VIPS[name]));
    }
    second = await haprov(['apply', inventory, '--yes', '--json']);

    standing.push(await snapshots());
    const cursors = await Promise.all(
      [...HOSTS, 'jump'].map(async (host) => [host, await journalCursor(lab, host)] as const),
    );
    converged = await haprov(['plan', inventory, '--detailed-exitcode']);
    for (const [host, cursor] of cursors) logs.set(host, await sshLogSince(lab, host, cursor));
    dryRun = await haprov(['apply', inventory, '--dry-run']);
    standing.push(await snapshots());
  });

  it('plans every blank host whole, in the form of the contract', () => {
    expect(blankPlan.format).toBe(1);
    expect(Object.keys(blankPlan.hosts).sort()).toEqual([...HOSTS].sort());
    const all = Object.values(blankPlan.hosts);
    expect(all.map((host) => host.status)).toEqual(HOSTS.map(() => 'planned'));
    expect(blankPlan.changes).toBe(all.reduce((sum, host) => sum + host.changes.length, 0));
    for (const change of all.flatMap((host) => host.changes)) {
      expect(Object.keys(change)).toEqual(expect.arrayContaining(['task', 'action', 'target', 'diff']));
    }
    expect(changesOf(blankPlan, 'web1')).toEqual(
      expect.arrayContaining([
        'install package keepalived, nginx, curl',
        'set sysctl net.ipv4.ip_nonlocal_bind',
        'create /etc/keepalived/keepalived.conf',
        'open iptables: VRRP',
        'start service nginx',
        'start service keepalived',
      ]),
    );
    expect(changesOf(blankPlan, 'mix2')).toContain('open firewalld zone public: protocol vrrp');
    expect(blankPlan.hosts['web1']?.changes.find((change) => change.target.endsWith('keepalived.conf'))?.diff).toMatch(
      /^\+.*priority 150$/m,
    );
  });

  it('exits with 2 for pending changes only where --detailed-exitcode asks for it', () => {
    expect(blankCode).toBe(2);
    expect(blankDryRun.code).toBe(0);
  });

  it('shows no auth_pass in a plan', () => {
    expect(JSON.stringify(blankPlan) + blankDryRun.stdout + blankDryRun.stderr).not.toContain('labVrrp1');
  });

  it('changes no content, mode, owner or mtime of any file in a dry run on blank hosts', () => {
    for (const [index, host] of WATCHED.entries()) {
      expect({ host, changed: changedPaths(blank[0]?.[index], blank[1]?.[index]) }).toEqual({ host, changed: [] });
    }
  });

  it('ends with exit 0 and every host changed', () => {
    expect(applied.stdout + applied.stderr).not.toContain('labVrrp1');
    expect(
      Object.entries(summaryOf(applied).hosts).map(([host, one]) => [host, one.status, one.error?.message]),
    ).toEqual(Object.keys(summaryOf(applied).hosts).map((host) => [host, 'changed', undefined]));
    expect(applied.code).toBe(0);
  });

  it.each(NAMES)('leaves exactly one holder of the VIP in cluster %s, and says which', (name) => {
    expect(holders.get(name)).toHaveLength(1);
    expect(summaryOf(applied).vips.find(({ vip }) => vip === VIPS[name])?.holders).toEqual(holders.get(name));
  });

  it.each(['web', 'mix', 'inner'])('answers HTTP 200 to a client at the VIP of cluster %s', (name) => {
    expect(status.get(name)).toBe('200');
  });

  it('finds 0 changes in the second apply', () => {
    expect(Object.values(summaryOf(second).hosts).map((host) => [host.status, host.changes])).toEqual(
      HOSTS.map(() => ['ok', 0]),
    );
    expect(second.code).toBe(0);
  });

  it('exits with 0 from plan --detailed-exitcode once all is done', () => {
    expect(converged.stdout).toMatch(/0 changes|no changes|nothing to do/i);
    expect(converged.code).toBe(0);
  });

  it('changes nothing in a dry run on configured hosts', () => {
    expect(dryRun.code).toBe(0);
    for (const [index, host] of WATCHED.entries()) {
      expect({ host, changed: changedPaths(standing[0]?.[index], standing[1]?.[index]) }).toEqual({
        host,
        changed: [],
      });
    }
  });

  it('costs one connection and one command for each converged host', () => {
    const costs = HOSTS.map((host) => ({ host, logins: logs.get(host)?.logins, commands: logs.get(host)?.commands }));
    expect(costs).toEqual(HOSTS.map((host) => ({ host, logins: 1, commands: 1 })));
  });

  it('shares one connection to the jump host, and starts no command there', () => {
    expect(logs.get('jump')).toMatchObject({ logins: 1, commands: 0 });
  });

  it('opens firewalld, which blocked VRRP before, for that protocol and for nothing else', async () => {
    expect(vrrpBefore).toMatch(/^no$/m);
    expect(vrrpBefore).toContain('reject');
    for (const scope of ['', '--permanent ']) {
      expect(await must(lab, 'mix2', `firewall-cmd ${scope}--list-protocols`)).toBe('vrrp\n');
      expect(await must(lab, 'mix2', `firewall-cmd ${scope}--list-ports`)).toBe('\n');
      expect(await must(lab, 'mix2', `firewall-cmd ${scope}--list-rich-rules`)).toBe('\n');
    }
  });

  it.each(['mix2', 'prx2'])("never lets the RPM family's sample configuration run on %s", async (host) => {
    const journal = await must(lab, host, 'journalctl -q --sync; journalctl -q -o cat -u keepalived');
    expect(journal).toContain('VI_1');
    expect(journal).not.toContain('192.168.200.');
    expect(journal).not.toContain('LVS_DEVEL');
    expect(await must(lab, host, 'ls /var/lib/haprov/backup')).toContain('keepalived.conf');
  });

  it.each(['prx1', 'prx2'])('passes the shipped check of haproxy as it was installed on %s', async (host) => {
    const config = await must(lab, host, 'cat /etc/keepalived/keepalived.conf');
    expect(config).toContain('haprov-check-haproxy');
    expect(await must(lab, host, '/usr/libexec/keepalived/haprov-check-haproxy 0.8 && echo passed')).toBe('passed\n');
    expect(await must(lab, host, 'journalctl -q -o cat -u keepalived')).toMatch(
      /VRRP_Script\(check_haproxy\) succeeded/,
    );
  });

  it('installs each configuration as root alone may write it, and keepalived itself accepts it', async () => {
    for (const host of HOSTS) {
      const seen = await must(
        lab,
        host,
        'stat -c "%a %U:%G" /etc/keepalived/keepalived.conf; keepalived --config-test 2>&1 && echo accepted',
      );
      expect({ host, seen }).toEqual({ host, seen: '640 root:root\naccepted\n' });
    }
  });

  it('leaves no temporary and no staged file behind', async () => {
    for (const host of HOSTS) {
      const left = await must(lab, host, 'find /etc /usr/libexec /var/lib -name ".haprov-*" -o -name "*.part"');
      expect({ host, left }).toEqual({ host, left: '' });
    }
  });
});
