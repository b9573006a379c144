import type { Cluster } from './model.ts';

/** Names of the instances that move with this one, its own among them: its sync group's, or itself alone. */
export function unitMembersOf(
  { vrrp_sync_groups = [] }: Pick<Cluster, 'vrrp_sync_groups'>,
  instance: string,
): readonly string[] {
  return vrrp_sync_groups.find(({ group }) => group.includes(instance))?.group ?? [instance];
}
