import type { Cluster, Inventory } from '../../src/inventory/model.ts';
import { parseInventory } from '../../src/inventory/read.ts';

/** An inventory from its text; throws with all that is wrong with it. */
export function readInventory(text: string, file = 'inventory.yaml'): Inventory {
  const where = { file, directory: '/srv', homeDirectory: '/home/ada', user: 'ada' };
  const { inventory, problems } = parseInventory(text, where);
  if (inventory === undefined) throw new Error(JSON.stringify(problems));
  return inventory;
}

/** The first cluster of an inventory. */
export function readCluster(text: string): Cluster {
  const [cluster] = readInventory(text).clusters;
  if (cluster === undefined) throw new Error('there is no cluster');
  return cluster;
}
