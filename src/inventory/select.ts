import { UsageError } from '../errors.ts';
import { nearest } from './known-words.ts';
import type { Cluster, Host, Inventory } from './model.ts';

/**
 * The part of an inventory that `--limit` names: clusters by name, hosts by id, by name or as cluster/name. A cluster
 * that is named by a host keeps that host alone; its instances stay as they are, with the values and unicast peers of
 * all its hosts. Throws UsageError when a pattern names nothing, since an empty match would look like success.
 */
export function limitInventory(inventory: Inventory, patterns: readonly string[]): Inventory {
  const wanted = patterns.flatMap((pattern) => pattern.split(',')).map((pattern) => pattern.trim());
  if (wanted.length === 0) return inventory;
  for (const pattern of wanted) demandMatch(inventory, pattern);
  const clusters = inventory.clusters.flatMap((cluster): Cluster[] => {
    const hosts = cluster.hosts.filter((host) => wanted.some((pattern) => matches(pattern, cluster, host)));
    return hosts.length === 0 ? [] : [{ ...cluster, hosts }];
  });
  return { ...inventory, clusters };
}

function matches(pattern: string, cluster: Cluster, host: Host): boolean {
  return [cluster.name, host.id, host.name, `${cluster.name}/${host.name}`].includes(pattern);
}

function demandMatch({ clusters, file }: Inventory, pattern: string): void {
  if (clusters.some((cluster) => cluster.hosts.some((host) => matches(pattern, cluster, host)))) return;
  const known = clusters.flatMap((cluster) => [cluster.name, ...cluster.hosts.map((host) => host.id)]);
  const near = nearest(pattern, known);
  throw new UsageError(`--limit ${pattern} names no cluster and no host of ${file}`, {
    next:
      near === undefined
        ? `Name one of ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', …' : ''}.`
        : `Did you mean ${near}?`,
  });
}
