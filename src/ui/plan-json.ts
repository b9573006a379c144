import type { ErrorReport } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import { countChanges } from '../plan/plan.ts';
import type { Action, Phase } from '../tasks/change.ts';
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
  readonly error: ErrorReport | null;
}

/** What `plan --json` prints, through `jsonDocument`. */
export interface PlanJson {
  readonly format: 1;
  readonly changes: number;
  readonly hosts: Readonly<Record<string, PlanJsonHost>>;
}

/** The plan in the contract's form; fields may be added, never renamed. Masking is the JSON writer's. */
export function planJson(plan: Plan): PlanJson {
  const hosts = plan.hosts.map((host): [string, PlanJsonHost] => {
    const { status, cluster } = host;
    if (host.status !== 'planned')
      return [host.host, { status, cluster, changes: [], holds: [], notes: [], error: host.error }];
    const changes = host.changes.map((change) => {
      const { task, action, target, detail, phase } = change;
      return { task, action, target, diff: unifiedDiff(change), detail, phase };
    });
    return [host.host, { status, cluster, changes, holds: host.holds, notes: host.notes, error: null }];
  });
  return { format: 1, changes: countChanges(plan), hosts: Object.fromEntries(hosts) };
}
