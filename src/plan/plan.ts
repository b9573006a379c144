import type { Change } from '../changes/change.ts';
import type { ErrorReport } from '../errors.ts';
import type { GuardFact } from '../facts/state/guard.ts';
import type { MaintenanceFact } from '../facts/state/maintenance.ts';

/** What apply would do to one host, or why that could not be found out. */
export type HostPlan = {
  /** Host id. */
  readonly host: string;
  readonly cluster: string;
} & (
  | {
      readonly status: 'planned';
      readonly changes: readonly Change[];
      /** VIPs that this host holds now. */
      readonly holds: readonly string[];
      /** Who is at work on the host, and what the last run left there. */
      readonly guard: GuardFact;
      /** Who keeps it standby: its keepalived stays stopped. Absent where nobody does. */
      readonly maintenance?: MaintenanceFact;
      /** What the administrator should know although nothing is changed about it. */
      readonly notes: readonly string[];
    }
  | { readonly status: 'unreachable' | 'failed'; readonly error: ErrorReport }
);

/** Changes of all hosts, in the inventory's order. */
export interface Plan {
  readonly format: 1;
  readonly inventory: string;
  readonly hosts: readonly HostPlan[];
}

/** Number of changes in the whole plan. */
export function countChanges(plan: Plan): number {
  return plan.hosts.reduce((sum, host) => sum + (host.status === 'planned' ? host.changes.length : 0), 0);
}
