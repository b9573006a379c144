import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { benchTopology } from '../../docker/bench.ts';
import type { Lab } from '../../docker/lab-handle.ts';
import { labUp } from '../../docker/up.ts';
import { AMOUNTS } from '../support/amounts.ts';
import { expectExit, type HaprovResult, haprov, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { type RawCluster, writeInventory } from '../support/lab-inventory.ts';
import { FLEET } from '../support/lab-place.ts';
import { observe, type Seen } from '../support/observe.ts';
import { recordOutage } from '../support/outage-record.ts';

/** Clusters of two hosts. */
const CLUSTERS = AMOUNTS.clusters;
const BAD = `p${Math.ceil(CLUSTERS / 2)}`;
const PAIR = [`${BAD}a`, `${BAD}b`] as const;

/** keepalived cannot be started on this host, which nothing tells before it is tried. */
const BREAK = `mkdir -p /etc/systemd/system/keepalived.service.d
printf '[Service]\\nExecStartPre=/bin/false\\n' >/etc/systemd/system/keepalived.service.d/zz-broken.conf
systemctl daemon-reload`;
const MEND = 'rm /etc/systemd/system/keepalived.service.d/zz-broken.conf; systemctl daemon-reload';

const bench = benchTopology(2 * CLUSTERS, FLEET);
/** As the benchmark's lab, without a service behind the VIPs, which needs no checks; the packages are there. */
const TOPOLOGY = {
  ...bench,
  hosts: Object.fromEntries(
    Object.entries(bench.hosts).map(([name, host]) => [name, { ...host, installed: 'none' as const }]),
  ),
  clusters: Object.fromEntries(
    Object.entries(bench.clusters).map(([name, cluster]) => [name, { ...cluster, service: 'none' as const }]),
  ),
};
const NAMES = Object.keys(TOPOLOGY.clusters);
const HOSTS = Object.keys(TOPOLOGY.hosts);

describeOnLab(`${CLUSTERS} clusters, one with a host that fails in the middle`, () => {
  let lab: Lab;
  let detailed: string;
  /** The member of its cluster that holds the VIP, and the one that fails. */
  let partner: string;
  let bad: string;
  let first: HaprovResult;
  let seen: Seen & { result: HaprovResult };
  let after: HaprovResult;
  const holders = new Map<string, readonly string[]>();

  const vipOf = (name: string): string => TOPOLOGY.clusters[name]?.vips[0]?.split('/')[0] ?? '';

  beforeAll(async () => {
    lab = await labUp(TOPOLOGY);
    const inventory = join(lab.dir, 'inventory.yaml');
    first = await haprov(['apply', inventory, '--yes', '--json']);
    const data: { clusters: Record<string, RawCluster> } = parse(readFileSync(inventory, 'utf8'));
    const clusters = Object.entries(data.clusters).map(([name, one]) => [
      name,
      { ...one, keepalived: { log_detail: true } },
    ]);
    detailed = writeInventory(lab, Object.fromEntries(clusters));
    [partner = ''] = await until(
      () => holdersOf(lab, PAIR, vipOf(BAD)),
      ({ length }) => length === 1,
      15_000,
    );
    bad = PAIR.find((host) => host !== partner) ?? '';
    await must(lab, bad, BREAK);
    // Behind these VIPs stands no service: sshd answers.
    const pair = {
      hosts: PAIR,
      vips: [vipOf(BAD)],
      programs: ['keepalived'],
      target: `tcp://${vipOf(BAD)}:22`,
    };
    seen = await observe(lab, pair, () => haprov(['apply', detailed, '--yes', '--json']));
    await recordOutage('fleet', [seen], `${CLUSTERS} clusters`);
    // The members of a pair are not asked in the same moment.
    for (const name of NAMES) {
      const one = await until(
        () => holdersOf(lab, [`${name}a`, `${name}b`], vipOf(name)),
        ({ length }) => length === 1,
        15_000,
      );
      holders.set(name, one);
    }
    await must(lab, bad, MEND);
    after = await haprov(['apply', detailed, '--yes', '--json']);
  }, 1_800_000);

  afterAll(async () => {
    await lab?.down();
  });

  it('begins with an apply that changes all of them', () => {
    expect(Object.values(summaryOf(first).hosts).filter(({ status }) => status !== 'changed')).toEqual([]);
    expect(first.code).toBe(0);
  });

  it('finishes all the others', () => {
    const { hosts } = summaryOf(seen.result);
    const others = HOSTS.filter((host) => host !== bad && host !== partner);
    expect(others.map((host) => [host, hosts[host]?.status])).toEqual(others.map((host) => [host, 'changed']));
    expect(NAMES.filter((name) => holders.get(name)?.length !== 1)).toEqual([]);
  });

  it('accounts for every host, and says which failed and why', () => {
    const { hosts } = summaryOf(seen.result);
    expect(Object.keys(hosts).toSorted()).toEqual(HOSTS.toSorted());
    expect(hosts[bad]).toMatchObject({ status: 'failed' });
    expect(hosts[bad]?.error?.message).toBeTruthy();
    expect(hosts[partner]).toMatchObject({ status: 'untouched', changes: 0 });
    expect(seen.result.code).toBe(1);
  });

  it('loses no request to the VIP of the cluster that failed, which its other member serves', () => {
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, twoMs: 0, noneMs: 0 });
    expect(holders.get(BAD)).toEqual([partner]);
  });

  it('is whole after the next apply, which touches that cluster alone', async () => {
    const { hosts } = summaryOf(after);
    expect(after.code).toBe(0);
    expect(HOSTS.filter((host) => hosts[host]?.status !== 'ok')).toEqual([...PAIR]);
    await expectExit(0, ['plan', detailed, '--detailed-exitcode']);
  });
});
