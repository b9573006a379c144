import type { Cluster } from '../model.ts';

/**
 * The ways into a cluster. Two clusters behind different jump hosts may be two sites that use the same private
 * addresses; with a way in common, an address means the same machine.
 */
export function ways(cluster: Cluster): ReadonlySet<string> {
  return new Set(cluster.hosts.map(({ ssh }) => JSON.stringify(ssh.proxy_jump.map(({ host, port }) => [host, port]))));
}

export function shareWay(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const way of a) if (b.has(way)) return true;
  return false;
}
