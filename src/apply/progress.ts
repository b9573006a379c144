import { type ErrorReport, reportError } from '../errors.ts';
import type { HostPlan } from '../plan/plan.ts';
import type { HostOutcome } from './events.ts';

/** What became of one host so far. The only state that an apply keeps, one for each host. */
export interface Progress {
  readonly host: string;
  readonly cluster: string;
  readonly plan: HostPlan;
  /** Changes that were made. */
  made: number;
  /** Its preparation was begun: uploads may stand there that are not in place yet. */
  staged?: true;
  failure?: { readonly status: 'failed' | 'unreachable'; readonly error: ErrorReport };
  /** Why it was left alone, wholly or from some point on. */
  withheld?: string;
}

/** A host at the start: what kept it from being planned is its failure already. */
export function startProgress(plan: HostPlan): Progress {
  const base = { host: plan.host, cluster: plan.cluster, plan, made: 0 };
  return plan.status === 'planned' ? base : { ...base, failure: { status: plan.status, error: plan.error } };
}

export function fail(progress: Progress, error: unknown): void {
  progress.failure = { status: 'failed', error: { host: progress.host, ...reportError(error) } };
}

/** How a host ended. */
export function outcomeOf(progress: Progress): HostOutcome {
  const { cluster, made, failure, withheld } = progress;
  if (failure !== undefined) return { status: failure.status, cluster, changes: made, error: failure.error };
  if (withheld !== undefined) {
    const error = { message: withheld, host: progress.host };
    return { status: made === 0 ? 'untouched' : 'failed', cluster, changes: made, error };
  }
  return { status: made === 0 ? 'ok' : 'changed', cluster, changes: made };
}

/** Whether the host had nothing to be done. */
export function isConverged({ plan }: Progress): boolean {
  return plan.status === 'planned' && plan.changes.length === 0;
}
