import ipaddr from 'ipaddr.js';
import type { Cluster } from '../model.ts';
import { ipFamily } from '../names.ts';

/** An IP network, ready to be compared. */
export interface Network {
  readonly family: 4 | 6;
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefix: number;
}

/** `address` must be a valid IP address. */
export function network(address: string, prefix: number): Network {
  return { family: ipFamily(address) ?? 4, address: ipaddr.parse(address), prefix };
}

/** Whether an address lies in a network; false for host names and for the other family. */
export function contains(outer: Network, address: string): boolean {
  if (ipFamily(address) !== outer.family) return false;
  return inside(ipaddr.parse(address), outer);
}

export function overlaps(a: Network, b: Network): boolean {
  if (a.family !== b.family) return false;
  return a.prefix <= b.prefix ? inside(b.address, a) : inside(a.address, b);
}

/** Whether a prefix says anything about the network around the address: /32 and /128 do not. */
export function tells(net: Network): boolean {
  return net.prefix < (net.family === 4 ? 32 : 128);
}

/** Whether an address is only good on its own link (fe80::/10, 169.254.0.0/16). */
export function isLinkLocal(address: string): boolean {
  return ipFamily(address) !== undefined && ipaddr.parse(address).range() === 'linkLocal';
}

function inside(address: ipaddr.IPv4 | ipaddr.IPv6, outer: Network): boolean {
  if (address instanceof ipaddr.IPv4 && outer.address instanceof ipaddr.IPv4)
    return address.match(outer.address, outer.prefix);
  if (address instanceof ipaddr.IPv6 && outer.address instanceof ipaddr.IPv6)
    return address.match(outer.address, outer.prefix);
  return false;
}

/**
 * The ways into a cluster. Two clusters behind different jump hosts may be two sites that use the same private
 * addresses; with a way in common, an address means the same machine.
 */
export function ways(cluster: Cluster): ReadonlySet<string> {
  return new Set(
    cluster.hosts.map((host) => JSON.stringify(host.ssh.proxy_jump.map(({ host, port }) => [host, port]))),
  );
}

export function shareWay(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const way of a) if (b.has(way)) return true;
  return false;
}
