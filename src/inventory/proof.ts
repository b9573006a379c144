import { type ProofRow, proofRows } from '../vrrp/proof.ts';
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
  const members = cluster.hosts.map(({ name }) => ({
    host: name,
    priority: instance.priority[name] ?? 0,
    nopreempt: instance.nopreempt[name] ?? false,
  }));
  const rows = proofRows({
    members,
    checks: instance.track_script,
    advert_int: instance.advert_int,
    version: instance.version ?? 2,
    ...(instance.preempt_delay === undefined ? {} : { preempt_delay: instance.preempt_delay }),
  });
  return { cluster: cluster.name, instance: instance.name, hosts: members.map(({ host }) => host), rows };
}
