import { normalAddress } from '../../keepalived/names.ts';
import { isLinkLocal } from '../../keepalived/network.ts';
import type { Finding } from '../problem.ts';
import { groupBy } from './group.ts';
import { type InstanceView, nameOf } from './view.ts';
import { type PlacedVip, placedVips } from './vips.ts';
import { shareWay, ways } from './ways.ts';

/** VIPs that are claimed twice, or that are a host's own address. */
export function checkClaims(views: readonly InstanceView[]): Finding[] {
  const claims = new Map<string, PlacedVip[]>();
  const owners = groupBy(
    [...new Set(views.map((view) => view.cluster))].flatMap((cluster) => cluster.hosts),
    (host) => normalAddress(host.address),
  );
  const waysOf = new Map(
    [...new Set(views.map((view) => view.cluster))].map((cluster) => [cluster.name, ways(cluster)]),
  );
  const near = (a: string, b: string): boolean => shareWay(waysOf.get(a) ?? new Set(), waysOf.get(b) ?? new Set());
  return views.flatMap(placedVips).flatMap((placed): Finding[] => {
    const { vip, path, view } = placed;
    const key = normalAddress(vip.address);
    const earlier = claims.get(key) ?? [];
    claims.set(key, earlier);
    const findings: Finding[] = [];
    // Link-local addresses are one per link, and another cluster may be on another one.
    const comparable = isLinkLocal(vip.address)
      ? earlier.filter((other) => other.view.cluster === view.cluster)
      : earlier;
    const rival = comparable.find((other) => near(other.view.cluster.name, view.cluster.name)) ?? comparable[0];
    if (rival !== undefined) {
      const same = near(rival.view.cluster.name, view.cluster.name);
      const where = rival.view === view ? 'twice in this list' : `by ${nameOf(rival.view)} too`;
      findings.push({
        path,
        severity: same ? 'error' : 'warning',
        rule: 'vip-twice',
        message: `${vip.address} is claimed ${where}: ${same ? 'two hosts would answer for it' : 'that is fine only if the two are on networks of their own'}`,
        involves: [rival.path],
      });
    }
    const owner = owners.get(key)?.find((host) => near(host.cluster, view.cluster.name));
    if (owner !== undefined) {
      findings.push({
        path,
        severity: 'error',
        rule: 'vip-is-host',
        message: `${vip.address} is the address of ${owner.id} itself; a VIP is an address that no host has of its own`,
        involves: [['clusters', owner.cluster, 'hosts', owner.name]],
      });
    }
    earlier.push(placed);
    return findings;
  });
}
