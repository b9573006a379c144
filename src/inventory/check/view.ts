import type { Cluster, Instance, Inventory } from '../model.ts';
import type { Path } from '../problem.ts';
import type { WrittenCluster, WrittenInstance, WrittenInventory } from '../schema/inventory.ts';

/** A cluster as it is written and as it is meant. */
export interface ClusterView {
  readonly path: Path;
  readonly written: WrittenCluster;
  readonly cluster: Cluster;
  readonly instances: readonly InstanceView[];
}

/** An instance as it is written and as it is meant. */
export interface InstanceView {
  readonly path: Path;
  readonly written: WrittenInstance;
  readonly instance: Instance;
  readonly cluster: Cluster;
}

export function viewClusters(written: WrittenInventory, inventory: Inventory): ClusterView[] {
  return inventory.clusters.flatMap((cluster) => {
    const own = written.clusters[cluster.name];
    if (own === undefined) return [];
    const path = ['clusters', cluster.name];
    const instances = cluster.vrrp_instances.flatMap((instance): InstanceView[] => {
      const mine = own.vrrp_instances[instance.name];
      return mine === undefined
        ? []
        : [{ path: [...path, 'vrrp_instances', instance.name], written: mine, instance, cluster }];
    });
    return [{ path, written: own, cluster, instances }];
  });
}

/** An instance as messages name it: "web/VI_1". */
export function nameOf(view: InstanceView): string {
  return `${view.cluster.name}/${view.instance.name}`;
}
