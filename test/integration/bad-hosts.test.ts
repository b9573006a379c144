import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import type { Snapshot } from '../../docker/snapshot.ts';
import { changedPaths, converge, RUN_RECORDS } from '../support/converge.ts';
import { changesOf, type HaprovResult, haprov, planOf, type SummaryLine, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, httpStatus } from '../support/lab-facts.ts';
import { addressOf, CLUSTERS, PAIRS, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';

const ALL = ['web', 'mix', 'prx', 'inner'] as const;
/** Something to be done on every host, which a running keepalived notices. */
const CHANGE = { keepalived: { global_defs: ['vrrp_garp_master_repeat 3'] } };
/** Members of the clusters with a bad host. */
const PARTNERS = ['web1', 'mix2', 'prx2'] as const;

describeOnLab('hosts that fail', () => {
  let lab: Lab;
  let inventory: string;
  let plan: HaprovResult;
  let applied: HaprovResult;
  let summary: SummaryLine;
  let said: HaprovResult;
  const before = new Map<string, Snapshot>();
  const after = new Map<string, Snapshot>();
  const pids = new Map<string, string>();
  let held: Readonly<Record<string, readonly string[]>> = {};
  let answered: Readonly<Record<string, string>> = {};
  let fullBefore: string;

  const mainPid = (host: string) => must(lab, host, 'systemctl show -p MainPID --value keepalived');
  const config = (host: string) => must(lab, host, 'sha256sum /etc/keepalived/keepalived.conf');

  beforeAll(async () => {
    lab = await testLab([...Object.values(PAIRS).flat(), 'jump', 'client']);
    await converge(lab, ALL);
    // The port of a service is its administrator's business; haprov opens VRRP alone.
    await must(lab, 'mix2', 'firewall-cmd -q --add-service=http');
    inventory = writeInventory(lab, {
      web: { ...CLUSTERS.web, ...CHANGE },
      mix: {
        ...CLUSTERS.mix,
        ...CHANGE,
        hosts: { mix1: { address: addressOf('mix1'), ssh: { user: 'nosudo' } }, mix2: addressOf('mix2') },
      },
      prx: { ...CLUSTERS.prx, ...CHANGE },
      inner: { ...CLUSTERS.inner, ...CHANGE },
    });
    await lab.power('web2', 'off');
    await lab.fillDisk('prx1');
    fullBefore = await config('prx1');
    for (const host of PARTNERS) {
      before.set(host, await lab.snapshot(host));
      pids.set(host, await mainPid(host));
    }
    plan = await haprov(['plan', inventory, '--json']);
    applied = await haprov(['apply', inventory, '--yes', '--json']);
    summary = summaryOf(applied);
    for (const host of PARTNERS) after.set(host, await lab.snapshot(host));
    held = {
      web: await holdersOf(lab, ['web1'], VIPS.web),
      mix: await holdersOf(lab, PAIRS.mix, VIPS.mix),
      prx: await holdersOf(lab, PAIRS.prx, VIPS.prx),
    };
    answered = { web: await httpStatus(lab, VIPS.web), mix: await httpStatus(lab, VIPS.mix) };
    said = await haprov(['apply', inventory, '--yes', '--limit', 'web,mix']);
  });

  afterAll(async () => {
    await lab.freeDisk('prx1');
    await lab.power('web2', 'on');
  });

  it('names a host that is off, with the address that does not answer', () => {
    expect(summary.hosts['web2']).toMatchObject({ status: 'unreachable', changes: 0 });
    expect(summary.hosts['web2']?.error?.message).toContain(`${addressOf('web2')}:22`);
    expect(summary.hosts['web2']?.error?.next).toBeTruthy();
  });

  it('names a host whose sudo refuses, and what to do about it', () => {
    expect(summary.hosts['mix1']).toMatchObject({ status: 'failed', changes: 0 });
    expect(summary.hosts['mix1']?.error?.message).toMatch(/sudo/);
    expect(summary.hosts['mix1']?.error?.next).toMatch(/NOPASSWD|become/);
  });

  it('names a host with a full disk by the words of its kernel', () => {
    expect(summary.hosts['prx1']).toMatchObject({ status: 'failed', changes: 0 });
    expect(JSON.stringify(summary.hosts['prx1']?.error)).toMatch(/no space left on device/i);
  });

  it('leaves the whole old file on the full disk', async () => {
    expect(await config('prx1')).toBe(fullBefore);
  });

  it('finishes the other cluster', () => {
    for (const host of PAIRS.inner) expect(summary.hosts[host]).toMatchObject({ status: 'changed', error: null });
  });

  it.each(PARTNERS)('leaves %s, the partner of a bad host, as it was', async (host) => {
    expect(summary.hosts[host]).toMatchObject({ status: 'untouched', changes: 0 });
    // An upload came and went there while the other one failed to take its own.
    const paths = changedPaths(before.get(host), after.get(host));
    const allowed = [...RUN_RECORDS, /^~ \/etc\/keepalived mtime$/];
    expect(paths.filter((line) => !allowed.some((pattern) => pattern.test(line)))).toEqual([]);
    expect(await mainPid(host)).toBe(pids.get(host));
  });

  it('accounts for every host in the summary', () => {
    expect(Object.keys(summary.hosts).sort()).toEqual(Object.values(PAIRS).flat().sort());
  });

  it('keeps every VIP served', () => {
    expect(held).toEqual({ web: ['web1'], mix: [expect.any(String)], prx: [expect.any(String)] });
    expect(answered).toEqual({ web: '200', mix: '200' });
  });

  it('exits with 1 where a host failed, be others unreachable or not', () => {
    expect(applied.code).toBe(1);
    expect(plan.code).toBe(1);
  });

  it('plans what can be planned, and says of the others why not', async () => {
    const seen = await planOf(inventory);
    expect(seen.hosts['web2']).toMatchObject({ status: 'unreachable', changes: [] });
    expect(seen.hosts['mix1']).toMatchObject({ status: 'failed', changes: [] });
    expect(changesOf(seen, 'prx1')).toContain('update /etc/keepalived/keepalived.conf');
  });

  it('names those that are not fine first for people, and exits with 1', () => {
    expect(said.code).toBe(1);
    const lines = said.stdout + said.stderr;
    expect(lines).toMatch(/web2.*no answer from|web2.*could not be reached|web2[\s\S]*no route/i);
    expect(lines).toMatch(/mix1.*sudo/);
    expect(lines).toMatch(/untouched/i);
  });

  it('exits with 4 where hosts could not be reached and the rest is fine', async () => {
    const reached = await haprov(['apply', inventory, '--yes', '--json', '--limit', 'web2,inner']);
    expect(summaryOf(reached).hosts).toMatchObject({
      web2: { status: 'unreachable' },
      in1: { status: 'ok' },
      in2: { status: 'ok' },
    });
    expect(reached.code).toBe(4);
    expect((await haprov(['plan', inventory, '--limit', 'web2,inner'])).code).toBe(4);
  });

  it('makes up for it once the hosts are well again', async () => {
    await lab.freeDisk('prx1');
    await lab.power('web2', 'on');
    const healed = writeInventory(lab, CLUSTERS);
    const result = await haprov(['apply', healed, '--yes', '--json']);
    expect(Object.values(summaryOf(result).hosts).map(({ error }) => error)).toEqual(
      Object.values(PAIRS)
        .flat()
        .map(() => null),
    );
    expect(result.code).toBe(0);
    for (const name of ALL) expect(await holdersOf(lab, PAIRS[name], VIPS[name])).toHaveLength(1);
  });
});
