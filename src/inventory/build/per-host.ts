import type { PerHost } from '../model.ts';

/** One value for all hosts or a map of host names, as a map; hosts that the map leaves out get the fallback. */
export function spread<T extends string | number | boolean>(
  written: T | Record<string, T> | undefined,
  hosts: readonly string[],
  fallback: T,
): PerHost<T> {
  return Object.fromEntries(hosts.map((host) => [host, valueFor(written, host) ?? fallback]));
}

/** What is written for one host, undefined where nothing is. */
export function valueFor<T extends string | number | boolean>(
  written: T | Record<string, T> | undefined,
  host: string,
): T | undefined {
  if (typeof written !== 'object') return written;
  return Object.hasOwn(written, host) ? written[host] : undefined;
}
