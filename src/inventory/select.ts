import { UsageError } from '../errors.ts';
import { nearest } from './known-words.ts';
import type { Cluster, Host, Inventory } from './model.ts';

/**
 * The part of an inventory that `--limit` names: clusters by name, hosts by id, by name or as cluster/name; `*` and `?`
 * stand for what is in one name, `!` before a pattern leaves out what it names. A cluster that is named by a host keeps that host alone;
 * its instances stay as they are, with the values and unicast peers of all its hosts. Throws UsageError when a pattern names
 * nothing, or nothing is left, since an empty match would look like success.
 */
export function limitInventory(inventory: Inventory, patterns: readonly string[]): Inventory {
  const words = patterns.flatMap((pattern) => pattern.split(',')).map((pattern) => pattern.trim());
  if (words.length === 0) return inventory;
  const unwanted = words.filter((word) => word.startsWith('!')).map((word) => word.slice(1));
  const wanted = words.filter((word) => !word.startsWith('!'));
  for (const pattern of [...wanted, ...unwanted]) demandMatch(inventory, pattern);
  const clusters = inventory.clusters.flatMap((cluster): Cluster[] => {
    const named = (some: readonly string[], host: Host): boolean => some.some((one) => matches(one, cluster, host));
    const hosts = cluster.hosts.filter(
      (host) => (wanted.length === 0 || named(wanted, host)) && !named(unwanted, host),
    );
    return hosts.length === 0 ? [] : [{ ...cluster, hosts }];
  });
  if (clusters.length === 0) throw new UsageError(`--limit ${words.join(',')} leaves no host of ${inventory.file}`);
  return { ...inventory, clusters };
}

function matches(pattern: string, cluster: Cluster, host: Host): boolean {
  const names = [cluster.name, host.id, host.name, `${cluster.name}/${host.name}`];
  if (!/[*?]/.test(pattern)) return names.includes(pattern);
  const shape = globOf(pattern);
  return names.some((name) => shape.test(name));
}

/** A pattern in which * and ? stand for what has no slash. */
function globOf(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${text}$`, 's');
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
