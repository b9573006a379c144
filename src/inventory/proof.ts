import { type ProofRow, proofRows } from '../vrrp/proof.ts';
import { virtualRouterOf } from '../vrrp/virtual-router.ts';
import { lossesOf } from './losses.ts';
import type { Cluster, Instance, Inventory } from './model.ts';

/** What happens to one instance's VIPs in each failure, and on which hosts. */
export interface InstanceProof {
  readonly cluster: string;
  readonly instance: string;
  /** Host names, the columns of the table. */
  readonly hosts: readonly string[];
  readonly rows: readonly ProofRow[];
}

/** The failover proof of every instance, in the inventory's order. Pure. */
export function proveInventory(inventory: Inventory): InstanceProof[] {
  return inventory.clusters.flatMap((cluster) =>
    cluster.vrrp_instances.map((instance) => proveInstance(cluster, instance)),
  );
}

function proveInstance(cluster: Cluster, instance: Instance): InstanceProof {
  const hosts = cluster.hosts.map(({ name }) => name);
  const losses = lossesOf(cluster, instance);
  const rows = proofRows({ ...virtualRouterOf(instance, hosts), losses });
  return { cluster: cluster.name, instance: instance.name, hosts, rows };
}
