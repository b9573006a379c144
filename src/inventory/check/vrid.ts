import { contains, isLinkLocal, type Network, network, overlaps, sortable } from '../../keepalived/network.ts';
import { KEYWORD, virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { Finding } from '../problem.ts';
import { type InstanceView, nameOf } from './view.ts';
import { shareWay, ways } from './ways.ts';

interface Claim {
  readonly view: InstanceView;
  readonly family: 4 | 6;
  readonly networks: readonly Network[];
  /** As `sortable` gives them. */
  readonly addresses: readonly string[];
  readonly ways: ReadonlySet<string>;
}

/**
 * The same VRID twice on one network. Instances of one cluster share hosts, so an interface tells. Of two
 * clusters the VIPs' networks tell, or a host of one in the other's; where all prefixes are /32 nothing does, and a
 * warning says so. Two families, and adverts that go by unicast, never meet.
 */
export function checkVrids(views: readonly InstanceView[]): Finding[] {
  const earlier = new Map<string, Claim[]>();
  return views.flatMap((view): Finding[] => {
    const claim = claimOf(view);
    const key = `${claim.family}:${virtualRouterOf(view.instance).vrid}`;
    const others = earlier.get(key) ?? [];
    earlier.set(key, others);
    const finding = judge(claim, others);
    others.push(claim);
    return finding === undefined ? [] : [finding];
  });
}

function judge(claim: Claim, others: readonly Claim[]): Finding | undefined {
  let unclear: Claim | undefined;
  for (const other of others) {
    const verdict = meet(claim, other);
    if (verdict === 'same') return explain(claim, other, true);
    if (verdict === 'unclear') unclear ??= other;
  }
  return unclear === undefined ? undefined : explain(claim, unclear, false);
}

function claimOf(view: InstanceView): Claim {
  const { instance, cluster } = view;
  return {
    view,
    family: virtualRouterOf(instance).family,
    networks: instance.virtual_ipaddress
      .filter(({ address }) => !isLinkLocal(address))
      .map(({ address, prefix }) => network(address, prefix))
      .filter(({ tells }) => tells),
    addresses: [
      ...cluster.hosts.flatMap((host) => sortable(host.address) ?? []),
      ...instance.virtual_ipaddress.flatMap(({ address }) => sortable(address) ?? []),
    ],
    ways: ways(cluster),
  };
}

function meet(a: Claim, b: Claim): 'same' | 'unclear' | 'apart' {
  const one = a.view;
  const two = b.view;
  if (one.cluster === two.cluster) {
    const shared = one.cluster.hosts.some(({ name }) => one.instance.interface[name] === two.instance.interface[name]);
    return shared ? 'same' : 'apart';
  }
  if (one.instance.unicast !== undefined || two.instance.unicast !== undefined || !shareWay(a.ways, b.ways))
    return 'apart';
  const together =
    a.networks.some(
      (net) =>
        b.networks.some((other) => overlaps(net, other)) || b.addresses.some((address) => contains(net, address)),
    ) || b.networks.some((net) => a.addresses.some((address) => contains(net, address)));
  if (together) return 'same';
  return a.networks.length > 0 && b.networks.length > 0 ? 'apart' : 'unclear';
}

function explain({ view }: Claim, other: Claim, certain: boolean): Finding {
  const id = virtualRouterOf(view.instance).vrid;
  const rival = nameOf(other.view);
  const message = certain
    ? `${KEYWORD.vrid} ${id} is taken by ${rival} on the same network: each would take the other's adverts for its own; choose another from 1 to 255`
    : `${KEYWORD.vrid} ${id} is also that of ${rival}; if the two share a network, each takes the other's adverts for its own (a VIP with its real prefix would tell)`;
  const shared = [KEYWORD.vrid, 'virtual_ipaddress', 'interface', 'unicast'];
  return {
    path: [...view.path, KEYWORD.vrid],
    severity: certain ? 'error' : 'warning',
    rule: 'vrid-twice',
    message,
    involves: [view.path, other.view.path].flatMap((path) => shared.map((key) => [...path, key])),
  };
}
