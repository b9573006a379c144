import { HaprovError } from '../../errors.ts';
import { describeMaintenance } from '../../facts/state/maintenance.ts';
import type { Cluster, Instance } from '../../inventory/model.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { ClusterStatus } from '../status/model.ts';
import { maintenanceReason } from '../status/verdict.ts';
import {
  backupsOf,
  heldInstances,
  holderOf,
  type InstanceMove,
  onStart,
  onStop,
  preempts,
  priorityOf,
  takeBackTime,
} from './vip-move.ts';

/** VIPs that cannot be moved safely, or not to where they were wanted. Nothing was touched. */
export class SwitchoverError extends HaprovError {
  override readonly name = 'SwitchoverError';
}

/**
 * How a cluster's VIPs come to a host. nothing: it has them. stop: the holder's keepalived is stopped until the other has
 * them; `keep`: it stays so, in maintenance, since it would take them back. lift: the host was kept standby by an earlier
 * switchover, and takes them when it may start again, after `waitMs`.
 */
export type SwitchoverPlan =
  | { readonly kind: 'nothing'; readonly to: string; readonly vips: readonly string[] }
  | {
      readonly kind: 'stop';
      readonly from: string;
      readonly to: string;
      readonly moves: readonly InstanceMove[];
      readonly keep: boolean;
      /** Hosts that stand by afterwards, `from` not counted. */
      readonly standby: readonly string[];
    }
  | {
      readonly kind: 'lift';
      readonly from: string;
      readonly to: string;
      readonly moves: readonly InstanceMove[];
      readonly waitMs: number;
    };

/** Plans to move all that one host of the cluster holds to `to` (host id), or to the likely taker. Pure; throws SwitchoverError. */
export function planSwitchover(cluster: Cluster, status: ClusterStatus, to: string | undefined): SwitchoverPlan {
  demandOrder(cluster, status);
  const holders = [...new Set(cluster.vrrp_instances.flatMap((instance) => holderOf(status, instance) ?? []))];
  const sources = holders.filter((host) => host !== to);
  const [from, ...more] = sources;
  if (from === undefined) {
    return { kind: 'nothing', to: to ?? '', vips: vipAddresses(cluster.vrrp_instances) };
  }
  if (more.length > 0) {
    const next = to === undefined ? `Say where to: --to ${from}` : 'Move them one host after the other.';
    throw refusal(cluster, `${sources.join(' and ')} hold VIPs of ${cluster.name}`, next);
  }
  const held = heldInstances(cluster, status, from);
  const target = to ?? likelyTarget(cluster, status, held, from);
  const seen = status.hosts[target];
  const kept = seen?.reachable === true ? seen.maintenance : null;
  if (kept === null) return planStop(cluster, status, held, from, target);
  const lifts = kept.kind === 'switchover' && held.every((one) => outranks(cluster, status, one, target, from));
  if (lifts) return planLift(cluster, held, from, target);
  throw refusal(cluster, `${target} is ${describeMaintenance(kept)}`, `First: haprov maintenance off ${target}`);
}

/** A cluster is in order for this where nothing is wrong with it but that somebody is kept standby. */
function demandOrder(cluster: Cluster, { verdict, reasons, hosts }: ClusterStatus): void {
  const kept = Object.entries(hosts).flatMap(([id, host]) =>
    host.reachable && host.maintenance !== null ? [maintenanceReason(id, host.maintenance)] : [],
  );
  const [first, ...more] = reasons.filter((reason) => !kept.includes(reason));
  if (verdict === 'ok' || first === undefined) return;
  throw refusal(
    cluster,
    `${cluster.name} is not ok: ${first}${more.length > 0 ? ` and ${more.length} more` : ''}`,
    'Bring it into order first: haprov status and haprov doctor tell what is wrong.',
  );
}

function likelyTarget(cluster: Cluster, status: ClusterStatus, held: readonly Instance[], from: string): string {
  const [first] = held;
  const likely = first === undefined ? undefined : backupsOf(first, status, [from])[0]?.host;
  if (likely !== undefined) return likely;
  const kept = Object.entries(status.hosts).find(
    ([, host]) => host.reachable && host.maintenance?.kind === 'switchover',
  )?.[0];
  if (kept !== undefined) return kept;
  throw refusal(cluster, `nobody stands by to take the VIPs of ${from}`, 'haprov status tells why.');
}

function planStop(
  cluster: Cluster,
  status: ClusterStatus,
  held: readonly Instance[],
  from: string,
  to: string,
): SwitchoverPlan {
  const moves = held.map((instance): InstanceMove => {
    const standbys = backupsOf(instance, status, [from]);
    const taker = standbys.find(({ host }) => host === to);
    if (taker === undefined)
      throw refusal(cluster, `${to} is no backup of ${instance.name}`, 'haprov status tells why.');
    const before = standbys.filter(({ host, priority }) => host !== to && priority >= taker.priority);
    if (before.length > 0) throw notNext(cluster, instance, to, taker.priority, before);
    return onStop(instance, from, taker);
  });
  const keep = held.some((instance, index) => preempts(cluster, instance, from, moves[index]?.priority ?? 0));
  const standby = held[0] === undefined ? [] : backupsOf(held[0], status, [from, to]).map(({ host }) => host);
  return { kind: 'stop', from, to, moves, keep, standby };
}

/**
 * Whoever of the others has the highest priority takes the VIP when its holder stops. For a lower one to get it they would
 * have to be stopped at the same time, and then nobody stood by.
 */
function notNext(
  cluster: Cluster,
  { name }: Instance,
  to: string,
  priority: number,
  before: readonly { readonly host: string; readonly priority: number }[],
): SwitchoverError {
  const others = before.map((one) => `${one.host} (${one.priority})`).join(' and ');
  return refusal(
    cluster,
    `${to} is not the next for ${name}: with its priority of ${priority} it comes after ${others}`,
    `To keep ${before.length > 1 ? 'them' : 'it'} out of the election: ${before.map(({ host }) => `haprov maintenance on ${host}`).join('; ')}. Then only ${to} stands by.`,
  );
}

function outranks(cluster: Cluster, status: ClusterStatus, instance: Instance, host: string, holder: string): boolean {
  const seen = status.hosts[holder];
  const master = seen?.reachable === true ? seen.instances?.[instance.name]?.effectivePriority : undefined;
  return preempts(cluster, instance, host, master ?? Number.POSITIVE_INFINITY);
}

function planLift(cluster: Cluster, held: readonly Instance[], from: string, to: string): SwitchoverPlan {
  const moves = held.map((one) => onStart(one, from, { host: to, priority: priorityOf(cluster, one, to) }));
  const waitMs = Math.max(...held.map((instance) => takeBackTime(cluster, instance, to)));
  return { kind: 'lift', from, to, moves, waitMs };
}

function refusal(cluster: Cluster, message: string, next: string): SwitchoverError {
  return new SwitchoverError(message, { action: `switch ${cluster.name} over`, next });
}
