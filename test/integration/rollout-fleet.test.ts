import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { benchTopology } from '../../docker/bench.ts';
import type { Lab } from '../../docker/lab-handle.ts';
import { labUp } from '../../docker/up.ts';
import { expectExit, type HaprovResult, haprov, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must } from '../support/lab.ts';
import { holdersOf } from '../support/lab-facts.ts';

/** Clusters of two hosts. */
const CLUSTERS = Number(process.env['HAPROV_FLEET'] ?? 20);
const BAD = `p${Math.ceil(CLUSTERS / 2)}`;
const [BAD_HOST, PARTNER] = [`${BAD}b`, `${BAD}a`];

/** keepalived cannot be started on this host, which nothing tells before it is tried. */
const BREAK = `mkdir -p /etc/systemd/system/keepalived.service.d
printf '[Service]\\nExecStartPre=/bin/false\\n' >/etc/systemd/system/keepalived.service.d/zz-broken.conf
systemctl daemon-reload`;
const MEND = 'rm /etc/systemd/system/keepalived.service.d/zz-broken.conf; systemctl daemon-reload';

const bench = benchTopology(2 * CLUSTERS, { name: 'fleet', subnet: 64 });
/** As the benchmark's lab, without a service behind the VIPs: half the packages, no checks. */
const TOPOLOGY = {
  ...bench,
  clusters: Object.fromEntries(
    Object.entries(bench.clusters).map(([name, cluster]) => [name, { ...cluster, service: 'none' as const }]),
  ),
};
const NAMES = Object.keys(TOPOLOGY.clusters);
const HOSTS = Object.keys(TOPOLOGY.hosts);

describeOnLab(`${CLUSTERS} clusters, one with a host that fails in the middle`, () => {
  let lab: Lab;
  let inventory: string;
  let applied: HaprovResult;
  let after: HaprovResult;
  const holders = new Map<string, number>();

  const vipOf = (name: string): string => TOPOLOGY.clusters[name]?.vips[0]?.split('/')[0] ?? '';

  beforeAll(async () => {
    lab = await labUp(TOPOLOGY);
    inventory = join(lab.dir, 'inventory.yaml');
    await must(lab, BAD_HOST, BREAK);
    applied = await haprov(['apply', inventory, '--yes', '--json']);
    for (const name of NAMES) {
      holders.set(name, (await holdersOf(lab, [`${name}a`, `${name}b`], vipOf(name))).length);
    }
    await must(lab, BAD_HOST, MEND);
    after = await haprov(['apply', inventory, '--yes', '--json']);
  }, 1_200_000);

  afterAll(async () => {
    await lab?.down();
  });

  it('finishes all the others', () => {
    const hosts = summaryOf(applied).hosts;
    const others = HOSTS.filter((host) => host !== BAD_HOST && host !== PARTNER);
    expect(others.map((host) => [host, hosts[host]?.status])).toEqual(others.map((host) => [host, 'changed']));
    const served = NAMES.filter((name) => name !== BAD);
    expect(served.map((name) => [name, holders.get(name)])).toEqual(served.map((name) => [name, 1]));
  });

  it('accounts for every host, and says which failed and why', () => {
    const { hosts } = summaryOf(applied);
    expect(Object.keys(hosts).toSorted()).toEqual(HOSTS.toSorted());
    expect(hosts[BAD_HOST]).toMatchObject({ status: 'failed' });
    expect(hosts[BAD_HOST]?.error?.message).toBeTruthy();
    expect(applied.code).toBe(1);
  });

  it('is whole after the next apply, which touches that cluster alone', async () => {
    const { hosts } = summaryOf(after);
    expect(after.code).toBe(0);
    const touched = HOSTS.filter((host) => hosts[host]?.status !== 'ok');
    expect([BAD_HOST, PARTNER]).toEqual(expect.arrayContaining(touched));
    expect(touched).toContain(BAD_HOST);
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
  });
});
