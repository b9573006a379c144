import ipaddr from 'ipaddr.js';
import { ipFamily, normalAddress } from '../../keepalived/names.ts';
import { parseVip, type WrittenVip } from '../../keepalived/vip.ts';
import { valueFor } from '../build/per-host.ts';
import type { Finding } from '../problem.ts';
import { groupBy } from './group.ts';
import { contains, isLinkLocal, network, shareWay, sortable, ways } from './network.ts';
import { type InstanceView, nameOf } from './view.ts';

interface PlacedVip {
  readonly view: InstanceView;
  readonly path: readonly (string | number)[];
  readonly vip: WrittenVip;
}

function placedVips(view: InstanceView): PlacedVip[] {
  return view.written.virtual_ipaddress.flatMap((text, index) => {
    const parsed = parseVip(text);
    return 'vip' in parsed ? [{ view, path: [...view.path, 'virtual_ipaddress', index], vip: parsed.vip }] : [];
  });
}

/** The VIPs of one instance: one family, no network address, on the interface's network. */
export function checkVips(view: InstanceView): Finding[] {
  const vips = placedVips(view);
  const first = vips[0]?.vip;
  return vips.flatMap((placed, index) => {
    const { vip, path } = placed;
    const other = first !== undefined && vip.family !== first.family;
    const mixed = `keepalived takes one address family in an instance, and ${first?.address} is IPv${first?.family}; give ${vip.address} an instance of its own`;
    return [
      ...(other ? [{ path, severity: 'error', rule: 'vip-family', message: mixed } as const] : []),
      ...(index === 0 ? checkVersion(placed) : []),
      ...checkEdges(placed),
      ...checkSubnet(placed),
      ...checkDevice(placed),
    ];
  });
}

function checkVersion({ view, vip }: PlacedVip): Finding[] {
  if (vip.family === 4 || view.written.version !== 2) return [];
  const message = 'IPv6 is always VRRP version 3; take version out';
  return [
    {
      path: [...view.path, 'version'],
      severity: 'error',
      rule: 'version',
      message,
      involves: [[...view.path, 'virtual_ipaddress']],
    },
  ];
}

function checkEdges({ vip, path }: PlacedVip): Finding[] {
  const { address, prefix, family } = vip;
  const place = { path, severity: 'error', rule: 'vip-address' } as const;
  const range = ipaddr.parse(address).range();
  if (['unspecified', 'broadcast', 'multicast', 'loopback'].includes(range) || /^(0|24\d|25[0-5])\./.test(address)) {
    return [
      {
        ...place,
        message: `${address} is ${/^[aeiou]/.test(range) ? 'an' : 'a'} ${range} address, no host can hold it for others`,
      },
    ];
  }
  if (family === 6 || prefix > 30) return [];
  const cidr = `${address}/${prefix}`;
  if (ipaddr.IPv4.networkAddressFromCIDR(cidr).toString() === address)
    return [{ ...place, message: `${address} is the network's own address in ${cidr}` }];
  if (ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString() === address)
    return [{ ...place, message: `${address} is the broadcast address of ${cidr}` }];
  return [];
}

function checkSubnet({ view, vip, path }: PlacedVip): Finding[] {
  const net = network(vip.address, vip.prefix);
  if (!net.tells || isLinkLocal(vip.address)) return [];
  const known = view.cluster.hosts.map((host) => ({
    name: host.name,
    address: view.instance.unicast?.[host.name]?.src_ip ?? host.address,
  }));
  const outside = known.filter(({ address }) => ipFamily(address) === vip.family && !contains(net, sortable(address)));
  const [host] = outside;
  if (host === undefined) return [];
  const full = vip.family === 4 ? 32 : 128;
  const message =
    `${vip.address}/${vip.prefix} is not on the network of ${host.name} (${host.address}), so no neighbour could reach it there; ` +
    `if ${view.instance.interface[host.name] ?? 'the interface'} is on another network than the one haprov connects over, write ${vip.address}/${full}, or unicast: { ${host.name}: … } with the addresses on it`;
  return [
    {
      path,
      severity: 'error',
      rule: 'vip-subnet',
      message,
      involves: [
        ['clusters', view.cluster.name, 'hosts'],
        [...view.path, 'unicast'],
      ],
    },
  ];
}

function checkDevice({ view, vip, path }: PlacedVip): Finding[] {
  if (vip.dev === undefined) return [];
  const strange = view.cluster.hosts.find(({ name }) => valueFor(view.written.interface, name) !== vip.dev);
  if (strange === undefined) return [];
  const message = `dev ${vip.dev} is not the interface of ${strange.name} (${view.instance.interface[strange.name]}); haprov puts the VIP on the instance's interface: take dev out`;
  return [{ path, severity: 'error', rule: 'vip-dev', message, involves: [[...view.path, 'interface']] }];
}

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
