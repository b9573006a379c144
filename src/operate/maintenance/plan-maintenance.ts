import { HaprovError } from '../../errors.ts';
import type { Cluster } from '../../inventory/model.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { ClusterStatus, SeenHost } from '../status/model.ts';
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
} from '../switchover/vip-move.ts';

/** A host that cannot be taken out, or brought back, without harm. Nothing was touched. */
export class MaintenanceError extends HaprovError {
  override readonly name = 'MaintenanceError';
}

/** How a host is taken out of its cluster, or comes back. `moves`: its VIPs that move because of that. */
export type MaintenancePlan =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'on';
      readonly moves: readonly InstanceMove[];
      /** VIPs that will be on no host. */
      readonly lost: readonly string[];
      /** Hosts that are left to hold VIPs. */
      readonly left: readonly string[];
    }
  | {
      readonly kind: 'off';
      readonly moves: readonly InstanceMove[];
      /** Milliseconds from its start until it takes VIPs back; 0 where it takes none. */
      readonly waitMs: number;
    };

/** Plans to take a host out. Pure; throws MaintenanceError where nobody could take what it holds, unless `force`. */
export function planOn(cluster: Cluster, status: ClusterStatus, host: string, force: boolean): MaintenancePlan {
  const seen = seenOf(status, host);
  if (seen.maintenance !== null && seen.keepalived !== 'active') return { kind: 'nothing' };
  const parts = heldInstances(cluster, status, host).map((instance) => {
    const [taker] = backupsOf(instance, status, [host]);
    return { instance, passage: taker === undefined ? undefined : onStop(instance, host, taker) };
  });
  const lost = vipAddresses(parts.flatMap(({ instance, passage }) => (passage === undefined ? [instance] : [])));
  if (lost.length > 0 && !force) {
    throw new MaintenanceError(`nobody stands by to take ${lost.join(', ')} from ${host}`, {
      host,
      action: 'take it out',
      next: 'haprov status tells why. --force takes it out all the same, and nobody holds the VIP then.',
    });
  }
  const first = cluster.vrrp_instances[0];
  const holders = cluster.vrrp_instances.flatMap((instance) => holderOf(status, instance) ?? []);
  const backups = first === undefined ? [] : backupsOf(first, status, [host]).map((one) => one.host);
  const left = [...new Set([...holders, ...backups])].filter((one) => one !== host);
  return { kind: 'on', moves: parts.flatMap(({ passage }) => passage ?? []), lost, left };
}

/** Plans to bring a host back. Pure; throws MaintenanceError. */
export function planOff(cluster: Cluster, status: ClusterStatus, host: string): MaintenancePlan {
  if (seenOf(status, host).maintenance === null) return { kind: 'nothing' };
  const taken = cluster.vrrp_instances.flatMap((instance) => {
    const holder = holderOf(status, instance);
    const seen = holder === undefined ? undefined : status.hosts[holder];
    const master = seen?.reachable === true ? seen.instances?.[instance.name]?.effectivePriority : undefined;
    if (holder === undefined || master === undefined || !preempts(cluster, instance, host, master)) return [];
    return [{ instance, holder, priority: priorityOf(cluster, instance, host) }];
  });
  return {
    kind: 'off',
    moves: taken.map(({ instance, holder, priority }) => onStart(instance, holder, { host, priority })),
    waitMs: Math.max(0, ...taken.map(({ instance }) => takeBackTime(cluster, instance, host))),
  };
}

function seenOf({ hosts }: ClusterStatus, host: string): SeenHost {
  const seen = hosts[host];
  if (seen?.reachable === true) return seen;
  const { message = 'it was not asked', next } = seen?.error ?? {};
  throw new MaintenanceError(message, { host, action: 'ask it', next });
}
