import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import type { Snapshot } from '../../docker/snapshot.ts';
import { changedPaths, converge, RUN_RECORDS } from '../support/converge.ts';
import { changesOf, expectExit, planOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { PAIRS } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';

const SCRIPTS = '/usr/libexec/keepalived';
const RULE = 'INPUT -i eth0 -d 224.0.0.18/32 -p 112 -j ACCEPT';

/** What somebody did by hand, and the changes that undo it. */
interface Drift {
  readonly what: string;
  readonly by: string;
  readonly found: readonly string[];
  /** Paths that differ once it is mended, from how they were before: times, and copies of what was replaced. */
  readonly touched?: readonly RegExp[];
  /** A script that succeeds where it is mended. */
  readonly mended: string;
}

const rewritten = (path: string): RegExp[] => [
  new RegExp(`^~ ${path} mtime$`),
  new RegExp(`^~ ${path.slice(0, path.lastIndexOf('/'))} mtime$`),
  /^[+~] \/var\/lib(\/haprov(\/backup(\/\S+)?)?)?( mtime)?$/,
  // What an apply owes is noted there until it is done.
  /^[+~] \/var\/lib\/haprov\/owed( mtime)?$/,
];

const DRIFTS: readonly Drift[] = [
  {
    what: 'a changed line in keepalived.conf',
    by: "sed -i 's/priority 150/priority 90/' /etc/keepalived/keepalived.conf",
    found: ['update /etc/keepalived/keepalived.conf', 'reload service keepalived'],
    touched: rewritten('/etc/keepalived/keepalived.conf'),
    mended: "grep -q 'priority 150' /etc/keepalived/keepalived.conf",
  },
  {
    what: 'a missing firewall rule',
    by: `iptables -D ${RULE}`,
    found: ['open iptables: VRRP'],
    mended: `iptables -C ${RULE}`,
  },
  {
    what: 'a firewall rule behind an earlier REJECT',
    by: 'iptables -I INPUT 1 -i eth0 -d 224.0.0.0/4 -j REJECT',
    found: ['open iptables: VRRP'],
    mended:
      "iptables -S INPUT | grep '^-A' | head -n 1 | grep -q 'vrrp -j ACCEPT' && iptables -D INPUT -i eth0 -d 224.0.0.0/4 -j REJECT",
  },
  {
    what: 'a sysctl that was set back',
    by: 'sysctl -q -w net.ipv4.ip_nonlocal_bind=0',
    found: ['set sysctl net.ipv4.ip_nonlocal_bind'],
    mended: '[ "$(sysctl -n net.ipv4.ip_nonlocal_bind)" = 1 ]',
  },
  {
    what: 'a sysctl file that would set it back at the next boot',
    by: 'echo net.ipv4.ip_nonlocal_bind=0 >/etc/sysctl.d/60-haprov.conf',
    found: ['update /etc/sysctl.d/60-haprov.conf'],
    touched: rewritten('/etc/sysctl.d/60-haprov.conf'),
    mended: "grep -q 'ip_nonlocal_bind = 1' /etc/sysctl.d/60-haprov.conf",
  },
  {
    what: 'a stopped nginx',
    by: 'systemctl stop nginx',
    found: ['start service nginx'],
    mended: 'systemctl is-active -q nginx',
  },
  {
    what: 'a stopped keepalived',
    by: 'systemctl stop keepalived',
    found: ['start service keepalived'],
    mended: 'systemctl is-active -q keepalived',
  },
  {
    what: 'a keepalived that would not start at boot',
    by: 'systemctl disable -q keepalived',
    found: ['enable service keepalived'],
    touched: [
      /^~ \/etc\/systemd\/system\/multi-user\.target\.wants(\/keepalived\.service)? mtime$/,
      /^~ \/etc\/rc\d\.d mtime$/,
    ],
    mended: 'systemctl is-enabled -q keepalived',
  },
  {
    what: 'a script with the wrong mode',
    by: `chmod 0644 ${SCRIPTS}/haprov-check-nginx`,
    found: [`set ${SCRIPTS}/haprov-check-nginx`],
    mended: `[ "$(stat -c %a ${SCRIPTS}/haprov-check-nginx)" = 755 ]`,
  },
  {
    what: 'a script of another owner',
    by: `chown deploy ${SCRIPTS}/haprov-notify`,
    found: [`set ${SCRIPTS}/haprov-notify`],
    mended: `[ "$(stat -c %U ${SCRIPTS}/haprov-notify)" = root ]`,
  },
  {
    what: 'a removed drop-in',
    by: 'rm /etc/systemd/system/nginx.service.d/haprov.conf',
    found: ['create /etc/systemd/system/nginx.service.d/haprov.conf', 'set service nginx', 'reload service nginx'],
    touched: rewritten('/etc/systemd/system/nginx.service.d/haprov.conf'),
    mended: 'systemctl show -p Restart --value nginx | grep -qx on-failure',
  },
];

describeOnLab('drift made by hand', () => {
  let lab: Lab;
  let inventory: string;
  let before: Snapshot;

  /** Breaks web1, sees the plan find it, mends it by an apply, and sees what else has changed by that. */
  async function mend(drifts: readonly Drift[]): Promise<void> {
    for (const { by } of drifts) await must(lab, 'web1', by);
    const plan = await planOf(inventory);
    expect([...changesOf(plan, 'web1')].sort()).toEqual(drifts.flatMap(({ found }) => found).sort());
    expect(changesOf(plan, 'web2')).toEqual([]);
    await expectExit(0, ['apply', inventory, '--yes']);
    for (const { mended } of drifts) await must(lab, 'web1', mended);
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
    const after = await lab.snapshot('web1');
    const allowed = [...RUN_RECORDS, ...drifts.flatMap(({ touched = [] }) => touched)];
    const elsewhere = changedPaths(before, after).filter((line) => !allowed.some((pattern) => pattern.test(line)));
    before = after;
    expect(elsewhere).toEqual([]);
    // A check that was late may move the VIP meanwhile.
    const holders = () => holdersOf(lab, PAIRS.web, VIPS.web);
    expect(await until(holders, ({ length }) => length === 1, 10_000)).toHaveLength(1);
  }

  beforeAll(async () => {
    lab = await testLab([...PAIRS.web, ...PAIRS.mix]);
    inventory = await converge(lab, ['web', 'mix']);
    before = await lab.snapshot('web1');
  });

  it.each(DRIFTS.map((drift) => [drift.what, drift] as const))(
    'finds and mends %s, and touches nothing else',
    async (_, drift) => {
      await mend([drift]);
    },
  );

  it('finds and mends all of it at once', async () => {
    // The two firewall drifts are one change, and a service that starts anyway is not reloaded as well.
    const [conf, rule, , ...others] = DRIFTS;
    if (conf === undefined || rule === undefined) throw new Error('no drifts');
    const all = [conf, rule, ...others].map((drift) => ({
      ...drift,
      found: drift.found.filter((change) => !/^(reload|set) service /.test(change)),
    }));
    await mend(all);
  });

  it('leaves rules and settings of others as they are while it mends its own', async () => {
    await must(lab, 'web1', 'iptables -A INPUT -p tcp --dport 9 -j DROP; echo "# mine" >/etc/sysctl.d/99-mine.conf');
    await must(lab, 'web1', `iptables -D ${RULE}`);
    await expectExit(0, ['apply', inventory, '--yes']);
    expect(await must(lab, 'web1', 'cat /etc/sysctl.d/99-mine.conf')).toBe('# mine\n');
    await must(lab, 'web1', 'iptables -D INPUT -p tcp --dport 9 -j DROP; rm /etc/sysctl.d/99-mine.conf');
  });

  it('mends a firewalld that lost VRRP at run time, which makes two holders', async () => {
    const holders = () => holdersOf(lab, PAIRS.mix, VIPS.mix);
    await must(lab, 'mix2', 'systemctl stop keepalived');
    expect(await until(holders, ([host]) => host === 'mix1', 15_000)).toEqual(['mix1']);
    await must(lab, 'mix2', 'systemctl start keepalived');
    await must(lab, 'mix2', 'firewall-cmd -q --remove-protocol=vrrp');
    expect(await until(holders, ({ length }) => length === 2, 20_000)).toEqual(['mix1', 'mix2']);
    const plan = await planOf(inventory);
    expect(changesOf(plan, 'mix2')).toEqual(['open firewalld zone public: protocol vrrp']);
    expect(plan.hosts['mix2']?.changes[0]?.detail).toBe('at run time');
    expect(changesOf(plan, 'mix1')).toEqual([]);
    await expectExit(0, ['apply', inventory, '--yes']);
    expect(await holdersOf(lab, PAIRS.mix, VIPS.mix)).toHaveLength(1);
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
  });

  it('mends a firewalld that would lose VRRP at the next boot', async () => {
    await must(lab, 'mix2', 'firewall-cmd -q --permanent --remove-protocol=vrrp');
    const start = await lab.snapshot('mix2');
    const plan = await planOf(inventory);
    expect(changesOf(plan, 'mix2')).toEqual(['open firewalld zone public: protocol vrrp']);
    expect(plan.hosts['mix2']?.changes[0]?.detail).toBe('permanently');
    await expectExit(0, ['apply', inventory, '--yes']);
    expect(await must(lab, 'mix2', 'firewall-cmd --permanent --list-protocols')).toBe('vrrp\n');
    const paths = changedPaths(start, await lab.snapshot('mix2'));
    const allowed = [...RUN_RECORDS, /^[~+] \/etc\/firewalld\/zones(\/public\.xml(\.old)?)?( |$)/];
    expect(paths.filter((line) => !allowed.some((pattern) => pattern.test(line)))).toEqual([]);
  });
});
