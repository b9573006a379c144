import ipaddr from 'ipaddr.js';
import { vipsOfEntry } from '../../keepalived/kinds/addresses.ts';
import { ipFamily } from '../../keepalived/names.ts';
import { contains, isLinkLocal, network, sortable } from '../../keepalived/network.ts';
import type { WrittenVip } from '../../keepalived/vip.ts';
import { valueFor } from '../build/per-host.ts';
import type { Finding } from '../problem.ts';
import type { InstanceView } from './view.ts';

/** An address of an instance and the entry that it is written in. */
export interface PlacedVip {
  readonly view: InstanceView;
  readonly path: readonly (string | number)[];
  readonly vip: WrittenVip;
  /** Not in the adverts. */
  readonly excluded: boolean;
}

const LISTS = ['virtual_ipaddress', 'virtual_ipaddress_excluded'] as const;

/** All addresses of an instance, advertised ones first. */
export function placedVips(view: InstanceView): PlacedVip[] {
  return LISTS.flatMap((key) =>
    (view.written[key] ?? []).flatMap((entry, index) =>
      vipsOfEntry(entry).map((vip) => {
        return { view, path: [...view.path, key, index], vip, excluded: key !== 'virtual_ipaddress' };
      }),
    ),
  );
}

/** keepalived's adverts of IPv6 have room for so many addresses in a packet of 1500 bytes. */
const MOST_IPV6 = 89;

/** The VIPs of one instance: one family, no network address, on interfaces that there are. */
export function checkVips(view: InstanceView): Finding[] {
  const vips = placedVips(view);
  const told = vips.filter(({ excluded }) => !excluded);
  const first = told[0]?.vip;
  const many = told.filter(({ vip }) => vip.family === 6).length;
  return [
    ...(many > MOST_IPV6 ? [tooMany(view, many)] : []),
    ...vips.flatMap((placed, index) => {
      const { vip, path, excluded } = placed;
      const other = first !== undefined && vip.family !== first.family && !excluded;
      const mixed = `keepalived takes one address family in an instance, and ${first?.address} is IPv${first?.family}; give ${vip.address} an instance of its own (vrrp_sync_groups ties the two), or write it under virtual_ipaddress_excluded`;
      return [
        ...(other ? [{ path, severity: 'error', rule: 'vip-family', message: mixed } as const] : []),
        ...(index === 0 ? checkVersion(placed) : []),
        ...checkEdges(placed),
        ...checkSubnet(placed),
        ...checkHostMap(placed),
      ];
    }),
  ];
}

function tooMany(view: InstanceView, count: number): Finding {
  return {
    path: [...view.path, 'virtual_ipaddress'],
    severity: 'error',
    rule: 'vip-many',
    message: `an advert has room for ${MOST_IPV6} IPv6 addresses, and there are ${count}; write all but the first under virtual_ipaddress_excluded`,
  };
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

/** What can be known without a host: the sources of unicast are on the instance's interface. */
function checkSubnet({ view, vip, path }: PlacedVip): Finding[] {
  const net = network(vip.address, vip.prefix);
  if (!net.tells || isLinkLocal(vip.address) || vip.dev !== undefined) return [];
  const told = typeof view.written.unicast === 'object' ? view.written.unicast : {};
  const known = view.cluster.hosts.map(({ name, address }) => {
    const source = valueFor(told, name);
    return { name, address: source ?? address, certain: source !== undefined };
  });
  const outside = known.filter(({ address }) => ipFamily(address) === vip.family && !contains(net, sortable(address)));
  const host = outside.find(({ certain }) => certain) ?? outside[0];
  if (host === undefined) return [];
  const links = new Set(view.cluster.vrrp_instances.map((one) => one.interface[host.name]));
  // Of two networks haprov comes over one.
  if (!host.certain && links.size > 1) return [];
  const link = view.instance.interface[host.name] ?? 'the interface';
  const full = vip.family === 4 ? 32 : 128;
  const cidr = `${vip.address}/${vip.prefix}`;
  const message = host.certain
    ? `${cidr} is not on the network of ${host.name} (${host.address}), so no neighbour could reach it there; where it belongs on another interface write \`${cidr} dev INTERFACE\`, and where it is routed to the hosts ${vip.address}/${full}`
    : `${cidr} is not on the network that haprov reaches ${host.name} over (${host.address}); right where ${link} is on another network, which haprov plan looks at; on another interface than VRRP’s write \`${cidr} dev INTERFACE\``;
  return [
    {
      path,
      severity: host.certain ? 'error' : 'warning',
      rule: 'vip-subnet',
      message,
      involves: [
        ['clusters', view.cluster.name, 'hosts'],
        [...view.path, 'unicast'],
      ],
    },
  ];
}

/** An interface for each host has to be one for every host. */
function checkHostMap({ view, vip, path }: PlacedVip): Finding[] {
  const { dev } = vip;
  if (typeof dev !== 'object') return [];
  const hosts = view.cluster.hosts.map(({ name }) => name);
  const involves = [['clusters', view.cluster.name, 'hosts']];
  const unknown = Object.keys(dev).filter((host) => !hosts.includes(host));
  const missing = hosts.filter((host) => !Object.hasOwn(dev, host));
  return [
    ...unknown.map((host): Finding => {
      const message = `dev names '${host}', which is no host of ${view.cluster.name}; its hosts are ${hosts.join(', ')}`;
      return { path: [...path, 'dev', host], at: 'key', severity: 'error', rule: 'unknown-host', message, involves };
    }),
    ...(missing.length === 0
      ? []
      : [
          {
            path: [...path, 'dev'],
            at: 'key',
            severity: 'error',
            rule: 'missing-host',
            message: `dev has no value for ${missing.join(', ')}; a map names every host of the cluster`,
            involves,
          } as const,
        ]),
  ];
}
