import type { Inventory } from '../inventory/model.ts';
import type { Change } from '../tasks/change.ts';
import type { Plan } from './plan.ts';

/** Changes of one host that are activated in one move. */
export interface MemberMove {
  /** Host id. */
  readonly host: string;
  readonly changes: readonly Change[];
  /** VIPs that it holds as far as is known. */
  readonly holds: readonly string[];
}

/**
 * One step of a cluster's rollout, from arming to confirmation.
 * one: a member alone, the others serve. together: what peers notice, on all members inside one master-down interval,
 * the master first. start: a cluster that serves nothing yet, all members at once.
 */
export interface Move {
  readonly kind: 'one' | 'together' | 'start';
  /** In the order of activation. */
  readonly members: readonly MemberMove[];
  /** For together: the instance changes its virtual_router_id, so that backups wait until the master holds its VIPs anew. */
  readonly newRouterId?: true;
}

/** How a cluster is rolled out. No moves: nothing to activate. */
export interface ClusterRollout {
  readonly cluster: string;
  readonly moves: readonly Move[];
  /** Why nothing may be activated: a peer that cannot be reached, or that --limit leaves out, would become a second master. */
  readonly blocked?: string;
}

/** What is asked afresh before each move: the VIPs that each host holds, by host id; a host that is missing was not asked. */
export type Holdings = ReadonlyMap<string, readonly string[]>;

/** The order of a rollout: clusters side by side, the members of one cluster one after the other, holders last. */
export interface Rollout {
  readonly clusters: readonly ClusterRollout[];
}

/** Plans the rollout of all clusters, in the inventory's order. Pure. */
export function planRollout(_inventory: Inventory, _plan: Plan): Rollout {
  return { clusters: [] };
}

/** What may be activated at a time, as host ids: the n-th wave has the n-th move of every cluster that has one. */
export function wavesOf(rollout: Rollout): readonly (readonly string[])[] {
  const longest = Math.max(0, ...rollout.clusters.map(({ moves }) => moves.length));
  return Array.from({ length: longest }, (_, index) =>
    rollout.clusters.flatMap(({ moves }) => moves[index]?.members.map(({ host }) => host) ?? []),
  );
}
