import type { ErrorReport } from '../../errors.ts';
import type { GuardFact } from '../../facts/state/guard.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { Plan } from '../../plan/plan.ts';
import { countChanges } from '../../plan/plan.ts';
import { listVisible } from '../../plan/waves/blocked.ts';
import { planRollout, type Rollout, wavesOf } from '../../plan/waves/plan-rollout.ts';
import type { Action, PeerVisible, Phase } from '../../tasks/change.ts';
import { unifiedDiff } from './diff.ts';

/** A change as `plan --json` gives it. */
export interface PlanJsonChange {
  readonly task: string;
  readonly action: Action;
  readonly target: string;
  /** Unified diff; null for a change that is no file. */
  readonly diff: string | null;
  readonly detail: string;
  readonly phase: Phase;
}

/** A host as `plan --json` gives it. */
export interface PlanJsonHost {
  readonly status: 'planned' | 'unreachable' | 'failed';
  readonly cluster: string;
  readonly changes: readonly PlanJsonChange[];
  /** VIPs that the host holds now. */
  readonly holds: readonly string[];
  readonly notes: readonly string[];
  /** Who is at work on the host, and what the last run left there; null where it could not be asked. */
  readonly guard: PlanJsonGuard | null;
  readonly error: ErrorReport | null;
}

/** What guards a host, without what only the run that holds it may know; times in seconds. */
export interface PlanJsonGuard {
  readonly lease: {
    readonly run: string;
    readonly who: string;
    readonly why: string;
    readonly held_for: number;
    readonly left: number;
  } | null;
  readonly armed: GuardFact['armed'];
  readonly put_back: GuardFact['putBack'];
}

/** What all members of a cluster take at once, since peers notice it. */
export interface PlanJsonTogether {
  readonly cluster: string;
  /** Host ids in the order of activation. */
  readonly hosts: readonly string[];
  /** VIPs that the first host has to hold before the others follow; empty: all at once. */
  readonly wait_for: readonly string[];
  readonly changes: readonly Pick<PeerVisible, 'instance' | 'key' | 'detail'>[];
}

/** What `plan --json` prints, through `jsonDocument`. */
export interface PlanJson {
  readonly format: 1;
  readonly changes: number;
  readonly hosts: Readonly<Record<string, PlanJsonHost>>;
  /** Host ids of what is activated at a time, wave after wave. */
  readonly waves: readonly (readonly string[])[];
  readonly together: readonly PlanJsonTogether[];
  /** By cluster, why nothing of it may be activated. */
  readonly blocked: Readonly<Record<string, string>>;
}

/** The plan in the contract's form; fields may be added, never renamed. Masking is the JSON writer's. */
export function planJson(plan: Plan, inventory?: Inventory): PlanJson {
  const rollout = inventory === undefined ? { clusters: [] } : planRollout(inventory, plan);
  const hosts = plan.hosts.map((host): [string, PlanJsonHost] => {
    const { status, cluster } = host;
    if (host.status !== 'planned')
      return [host.host, { status, cluster, changes: [], holds: [], notes: [], guard: null, error: host.error }];
    const changes = host.changes.map((change) => {
      const { task, action, target, detail, phase } = change;
      return { task, action, target, diff: unifiedDiff(change), detail, phase };
    });
    const { holds, notes, guard } = host;
    return [host.host, { status, cluster, changes, holds, notes, guard: guardJson(guard), error: null }];
  });
  return {
    format: 1,
    changes: countChanges(plan),
    hosts: Object.fromEntries(hosts),
    waves: wavesOf(rollout),
    together: togetherOf(rollout),
    blocked: Object.fromEntries(
      rollout.clusters.flatMap(({ cluster, blocked }) => (blocked === undefined ? [] : [[cluster, blocked]])),
    ),
  };
}

function guardJson({ lease, armed, putBack }: GuardFact): PlanJsonGuard {
  if (lease === null || lease.left <= 0) return { lease: null, armed, put_back: putBack };
  const { run, who, why, heldFor, left } = lease;
  return { lease: { run, who, why, held_for: heldFor, left }, armed, put_back: putBack };
}

function togetherOf({ clusters }: Rollout): readonly PlanJsonTogether[] {
  return clusters.flatMap(({ cluster, batches }) =>
    batches
      .filter(({ kind }) => kind === 'together')
      .map(({ members, recreatedVips = [] }) => {
        const seen = listVisible(
          members.flatMap(({ changes }) => changes.flatMap(({ peerVisible = [] }) => peerVisible)),
        );
        const changes = seen.map(({ instance, key, detail }) => ({ instance, key, detail }));
        return { cluster, hosts: members.map(({ host }) => host), wait_for: recreatedVips, changes };
      }),
  );
}
