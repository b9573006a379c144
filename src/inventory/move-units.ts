import type { Cluster, Instance } from './model.ts';

/** Instances that move as one: the members of a sync group, or one instance by itself. */
export type MoveUnit = readonly Instance[];

/** The units of a cluster in the order of their first instances. */
export function moveUnitsOf(cluster: Pick<Cluster, 'vrrp_instances' | 'vrrp_sync_groups'>): readonly MoveUnit[] {
  const seen = new Set<string>();
  return cluster.vrrp_instances.flatMap((instance): MoveUnit[] => {
    if (seen.has(instance.name)) return [];
    const names = unitMembersOf(cluster, instance.name);
    const unit = cluster.vrrp_instances.filter(({ name }) => names.includes(name));
    for (const { name } of unit) seen.add(name);
    return [unit];
  });
}

/** Names of the instances that move with this one, its own among them. */
export function unitMembersOf(
  { vrrp_sync_groups = [] }: Pick<Cluster, 'vrrp_sync_groups'>,
  instance: string,
): readonly string[] {
  return vrrp_sync_groups.find(({ group }) => group.includes(instance))?.group ?? [instance];
}
