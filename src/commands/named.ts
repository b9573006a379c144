import { existsSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { nearest } from '../inventory/known-words.ts';
import type { Cluster, Host, Inventory } from '../inventory/model.ts';
import { readInventory } from '../inventory/read.ts';
import { DEFAULT_FILE } from './defaults.ts';
import type { CommonOptions, Io } from './io.ts';
import { loadInventory } from './load.ts';

/** The inventory and the name out of `[INVENTORY] NAME` and --inventory; `preset`: as configured. Throws UsageError. */
export function wordsOf(
  words: readonly string[],
  given: string | undefined,
  what: 'CLUSTER' | 'HOST',
  preset?: string,
): { readonly file: string; readonly name: string } {
  const [first = '', second, ...more] = words;
  if (more.length > 0)
    throw new UsageError(`too many words: ${words.join(' ')}`, { next: `Write [INVENTORY] ${what}.` });
  if (second !== undefined) {
    if (given !== undefined) throw new UsageError(`two inventories: ${first} and --inventory ${given}`);
    return { file: first, name: second };
  }
  if (given !== undefined) return { file: given, name: first };
  if (preset !== undefined) return { file: preset, name: first };
  if (!existsSync(DEFAULT_FILE)) {
    const missing = existsSync(first) ? `no ${what.toLowerCase()} is named` : `there is no ${DEFAULT_FILE} here`;
    throw new UsageError(missing, { next: `Name the inventory and the ${what.toLowerCase()}: FILE.yaml ${what}` });
  }
  return { file: DEFAULT_FILE, name: first };
}

/** The whole inventory; prepareRun reads it again, for a part of it, and tells its warnings. Throws InvalidInventoryError. */
export async function wholeInventory(file: string, options: CommonOptions, io: Io): Promise<Inventory> {
  return (await readInventory(file)).inventory ?? loadInventory(file, options, io);
}

/** The cluster of that name. Throws UsageError with the nearest name. */
export function findCluster({ clusters, file }: Inventory, name: string): Cluster {
  const found = clusters.find((cluster) => cluster.name === name);
  if (found !== undefined) return found;
  throw unknown(
    `${file} has no cluster ${name}`,
    name,
    clusters.map((cluster) => cluster.name),
  );
}

/** The host with that id, or the only one of that name. Throws UsageError with the nearest one. */
export function findHost({ clusters, file }: Inventory, name: string): Host {
  const hosts = clusters.flatMap((cluster) => cluster.hosts);
  const exact = hosts.find(({ id, cluster, name: own }) => id === name || `${cluster}/${own}` === name);
  if (exact !== undefined) return exact;
  const [only, ...more] = hosts.filter((host) => host.name === name);
  if (only !== undefined && more.length === 0) return only;
  if (only !== undefined) {
    throw new UsageError(`several hosts are called ${name}`, {
      next: `Say which: ${[only, ...more].map(({ id }) => id).join(', ')}`,
    });
  }
  throw unknown(
    `${file} has no host ${name}`,
    name,
    hosts.map(({ id }) => id),
  );
}

function unknown(message: string, word: string, known: readonly string[]): UsageError {
  const near = nearest(word, known);
  const some = known.slice(0, 10).join(', ');
  return new UsageError(message, {
    next: near === undefined ? `It has ${some}${known.length > 10 ? ', …' : ''}.` : `Did you mean ${near}?`,
  });
}
