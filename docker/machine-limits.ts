import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Limits of the machine that all its hosts share, whatever their namespaces: the file below /proc/sys, and the least
 * that it has to be.
 */
const LIMITS = [
  // Every systemd takes some of the one root user's: 128 are gone at about 25 hosts.
  ['fs/inotify/max_user_instances', 8192],
  // The neighbour tables of all network namespaces are one (arp(7)). At 1024 entries, which three of the tests' labs reach
  // together, four requests in ten failed; `table_fulls` in /proc/net/stat/arp_cache counts it.
  ['net/ipv4/neigh/default/gc_thresh3', 32_768],
  ['net/ipv4/neigh/default/gc_thresh2', 16_384],
  ['net/ipv4/neigh/default/gc_thresh1', 8192],
  ['net/ipv6/neigh/default/gc_thresh3', 32_768],
  ['net/ipv6/neigh/default/gc_thresh2', 16_384],
  ['net/ipv6/neigh/default/gc_thresh1', 8192],
] as const;

/** Raises what is lower than a lab needs. A limit that cannot be read or written stays as it is. */
export async function raiseMachineLimits(): Promise<void> {
  for (const [name, least] of LIMITS) {
    const file = join('/proc/sys', name);
    const now = Number(await readFile(file, 'utf8').catch(() => String(least)));
    if (now < least) await writeFile(file, String(least)).catch(() => undefined);
  }
}
