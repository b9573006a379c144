import { byPriority } from '../vrrp/priority.ts';
import type { Cluster, Instance } from './model.ts';

/**
 * What stays on a host that loses an instance with one of its interfaces, where nothing ties the two although they stand on
 * the same hosts in the same order: "INSIDE stays on gw1: no sync group". undefined: nothing, or no order in common.
 */
export function splitsFrom(
  cluster: Cluster,
  instance: Instance,
  link: string,
  hosts: readonly string[],
): string | undefined {
  const left = untiedFrom(cluster, instance).filter((other) => hosts.some((host) => other.interface[host] !== link));
  const holder = orderOf(cluster, instance)[0];
  if (left.length === 0 || holder === undefined || !hosts.includes(holder)) return undefined;
  const names = left.map(({ name }) => name);
  return `${names.join(', ')} ${names.length === 1 ? 'stays' : 'stay'} on ${holder}: no sync group`;
}

/** Instances on the same hosts in the same order as this one, on another interface, that no sync group ties to it. */
export function untiedFrom(cluster: Cluster, instance: Instance): readonly Instance[] {
  const tied = (cluster.vrrp_sync_groups ?? []).filter(({ group }) => group.includes(instance.name));
  const order = orderOf(cluster, instance).join(' ');
  return cluster.vrrp_instances.filter(
    (other) =>
      other !== instance &&
      !tied.some(({ group }) => group.includes(other.name)) &&
      orderOf(cluster, other).join(' ') === order &&
      cluster.hosts.some(({ name }) => other.interface[name] !== instance.interface[name]),
  );
}

/** The hosts of an instance, best first. */
export function orderOf(cluster: Cluster, { priority }: Instance): readonly string[] {
  return byPriority(cluster.hosts.map(({ name }) => ({ host: name, priority: priority[name] ?? 0 }))).map(
    ({ host }) => host,
  );
}
