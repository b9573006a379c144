import ipaddr from 'ipaddr.js';

/** Names of clusters, hosts, instances and checks: they end in keepalived.conf, in file names and in output. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** A Linux interface name: at most 15 characters (IFNAMSIZ). */
export const INTERFACE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/;

/** An interface label: keepalived removes the VIP when it is longer than 15 characters. */
export const LABEL = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,14}$/;

export const USER = /^[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,63}$/;

const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/;

/** include, includer, includem, …: keepalived reads a file where a line begins with one of these words. */
const INCLUDE = /^include[a-z]*$/i;

/** Whether a word is refused wherever it would stand in keepalived.conf. */
export function isInclude(text: string): boolean {
  return INCLUDE.test(text);
}

export function isName(text: string): boolean {
  return NAME.test(text) && !isInclude(text);
}

/** 4 or 6 for an IP address in its usual notation, undefined for anything else (010.0.0.1, 10.1, fe80::1%eth0). */
export function ipFamily(text: string): 4 | 6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return 4;
  if (/^[0-9A-Fa-f:.]+$/.test(text) && ipaddr.IPv6.isValid(text)) return 6;
  return undefined;
}

/** An IP address or a DNS name; digits and dots alone must make an IP address. */
export function isAddress(text: string): boolean {
  if (ipFamily(text) !== undefined) return true;
  return HOST_NAME.test(text) && !/^[0-9.]+$/.test(text);
}

/** One notation for each IP address, so that equal addresses are equal texts; names in lower case. */
export function normalAddress(text: string): string {
  return ipFamily(text) === undefined ? text.toLowerCase() : ipaddr.parse(text).toNormalizedString();
}
