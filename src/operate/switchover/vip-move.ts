import type { Cluster, Instance } from '../../inventory/model.ts';
import { failbackWait, type Range, stopOutage } from '../../vrrp/timing.ts';
import { healthyPriorityOf, memberOf, virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { ClusterStatus, SeenHost } from '../status/model.ts';

/** VIPs of one instance that go from one host to another. */
export interface InstanceMove {
  readonly instance: string;
  readonly vips: readonly string[];
  /** Host ids. */
  readonly from: string;
  readonly to: string;
  /** Effective priority of the taker. */
  readonly priority: number;
  /** Predicted time without an answer, in milliseconds. */
  readonly outage: Range;
}

/** A member that can be counted on at this moment. */
export interface Backup {
  /** Host id. */
  readonly host: string;
  /** Effective. */
  readonly priority: number;
}

/** A passage without an answer missing: the taker outranks a holder that serves until then. */
const UNBROKEN: Range = { min: 0, max: 0 };

/** The one host that has the instance's VIPs; undefined where none or several have. */
export function holderOf(status: ClusterStatus, { name }: Instance): string | undefined {
  const [holder, ...more] = status.instances[name]?.holders ?? [];
  return more.length === 0 ? holder : undefined;
}

/** Instances whose VIPs a host has, alone or not. */
export function heldInstances(cluster: Cluster, status: ClusterStatus, host: string): readonly Instance[] {
  return cluster.vrrp_instances.filter(({ name }) => status.instances[name]?.holders.includes(host) === true);
}

/** Members other than these that run and are BACKUP of the instance: the highest effective priority first. */
export function backupsOf(instance: Instance, status: ClusterStatus, without: readonly string[]): readonly Backup[] {
  return Object.entries(status.hosts)
    .flatMap(([host, seen]) => {
      if (!seen.reachable || without.includes(host) || !runs(seen)) return [];
      const own = seen.instances?.[instance.name];
      return own?.state === 'BACKUP' ? [{ host, priority: own.effectivePriority }] : [];
    })
    .sort((a, b) => b.priority - a.priority);
}

function runs({ keepalived, maintenance, checks }: SeenHost): boolean {
  return keepalived === 'active' && maintenance === null && checks.every(({ status }) => status !== 'bad');
}

/** The passage when `from` stops: its word of priority 0 leaves the taker's skew to wait for. */
export function onStop(instance: Instance, from: string, { host, priority }: Backup): InstanceMove {
  const outage = stopOutage(priority, virtualRouterOf(instance).adverts);
  return { ...about(instance), from, to: host, priority, outage };
}

/** The passage when `to` starts and outranks the holder. */
export function onStart(instance: Instance, from: string, to: Backup): InstanceMove {
  return { ...about(instance), from, to: to.host, priority: to.priority, outage: UNBROKEN };
}

function about(instance: Instance) {
  return { instance: instance.name, vips: virtualRouterOf(instance).vips };
}

/** Milliseconds from a host's start until it takes an instance from a living master. */
export function takeBackTime(cluster: Cluster, instance: Instance, host: string): number {
  const { preemptDelaySeconds } = memberOf(instance, nameOf(cluster, host));
  return failbackWait(priorityOf(cluster, instance, host), virtualRouterOf(instance).adverts, preemptDelaySeconds);
}

/** Whether a host takes the instance from a living master of this priority, by the inventory. */
export function preempts(cluster: Cluster, instance: Instance, host: string, master: number): boolean {
  return memberOf(instance, nameOf(cluster, host)).preempts && priorityOf(cluster, instance, host) > master;
}

/** As the inventory has it, with its checks in order. */
export function priorityOf(cluster: Cluster, instance: Instance, host: string): number {
  return healthyPriorityOf(instance, nameOf(cluster, host));
}

function nameOf({ hosts }: Cluster, host: string): string {
  return hosts.find(({ id }) => id === host)?.name ?? host;
}
