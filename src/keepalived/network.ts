import ipaddr from 'ipaddr.js';
import { ipFamily } from './names.ts';

/** An IP network as its first and last address, in a form whose text order is their order. */
export interface Network {
  readonly first: string;
  readonly last: string;
  /** Whether the prefix says anything about what is around the address: /32 and /128 do not. */
  readonly tells: boolean;
}

/** An IP address as text that sorts as addresses do, the family first; undefined for a host name. */
export function sortable(address: string): string | undefined {
  const family = ipFamily(address);
  return family === undefined ? undefined : family + hex(ipaddr.parse(address).toByteArray());
}

/** `address` must be a valid IP address. */
export function network(address: string, prefix: number): Network {
  const family = ipFamily(address) ?? 4;
  const bytes = ipaddr.parse(address).toByteArray();
  const masks = bytes.map((_, index) => 0xff >> Math.min(8, Math.max(0, prefix - index * 8)));
  const first = bytes.map((byte, index) => byte & ~(masks[index] ?? 0));
  const last = bytes.map((byte, index) => byte | (masks[index] ?? 0));
  return { first: family + hex(first), last: family + hex(last), tells: prefix < bytes.length * 8 };
}

/** `address` as `sortable` gives it. */
export function contains(net: Network, address: string | undefined): boolean {
  return address !== undefined && net.first <= address && address <= net.last;
}

export function overlaps(a: Network, b: Network): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Whether an address is only good on its own link (fe80::/10, 169.254.0.0/16). */
export function isLinkLocal(address: string): boolean {
  return ipFamily(address) !== undefined && ipaddr.parse(address).range() === 'linkLocal';
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
