import type { Lab } from '../../docker/lab-handle.ts';
import { type Snapshot, snapshotDifference } from '../../docker/snapshot.ts';
import { expectExit } from './haprov.ts';
import { CLUSTERS, writeInventory } from './lab-inventory.ts';

/** Brings some of the shared clusters into the state of their inventory, from whatever it is, and gives the inventory. */
export async function converge(lab: Lab, names: readonly (keyof typeof CLUSTERS)[]): Promise<string> {
  const inventory = writeInventory(lab, Object.fromEntries(names.map((name) => [name, CLUSTERS[name]])));
  await expectExit(0, ['apply', inventory, '--yes']);
  return inventory;
}

/**
 * What every apply with changes leaves of itself: who had the lease, the program, what the run changed, and the time at which the
 * boot unit of the switch came and went.
 */
export const RUN_RECORDS: readonly RegExp[] = [
  /^[~+-] \/var\/lib\/haprov(\/(generation|lock|lease|backup|owed|program|runs|switch)(\/\S*)?)?( |$)/,
  /^~ \/etc\/systemd\/system(\/multi-user\.target\.wants)? mtime$/,
];

/**
 * What changed between two snapshots. Left out is the shared memory of rpm's database, which every `rpm -q` maps anew
 * and which holds no data.
 */
export function changedPaths(before: Snapshot | undefined, after: Snapshot | undefined): string[] {
  if (before === undefined || after === undefined) throw new Error('a snapshot is missing');
  return snapshotDifference(before, after).filter((line) => !line.startsWith('~ /var/lib/rpm/rpmdb.sqlite-shm '));
}
