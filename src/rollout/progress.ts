import type { Change } from '../changes/change.ts';
import { type ErrorReport, reportError } from '../errors.ts';
import type { HostPlan } from '../plan/plan.ts';
import type { HostOutcome } from './events.ts';

/** What became of one host so far. The only state that an apply keeps, one for each host. */
export interface HostProgress {
  readonly host: string;
  readonly cluster: string;
  readonly plan: HostPlan;
  /** Changes that were made. */
  made: number;
  /** Its preparation was begun: uploads may stand there that are not in place yet. */
  staged?: true;
  /** Changes of the phase prepare that were made. */
  readonly prepared: Change[];
  /** A change of the phase prepare that was begun and did not come to its end. */
  begun?: Change;
  /** Changes of its batches that were confirmed, in their order. */
  readonly standing: Change[];
  /** A change of the phase activate was begun. */
  activating?: true;
  /** A batch of it was confirmed: what was prepared is in use. */
  confirmed?: true;
  /** Its facts were read again after its last change. */
  verified?: true;
  failure?: { readonly status: 'failed' | 'unreachable'; readonly error: ErrorReport };
  /** It failed, and the old state is back. */
  reverted?: true;
  /** Why it was left alone, wholly or from some point on. */
  withheld?: string;
}

/** A host at the start: what kept it from being planned is its failure already. */
export function startProgress(plan: HostPlan): HostProgress {
  const base = { host: plan.host, cluster: plan.cluster, plan, made: 0, prepared: [], standing: [] };
  return plan.status === 'planned' ? base : { ...base, failure: { status: plan.status, error: plan.error } };
}

/** The first failure stands: what follows from it is not the cause. */
export function fail(progress: HostProgress, error: unknown): void {
  progress.failure ??= { status: 'failed', error: { host: progress.host, ...reportError(error) } };
}

/** Whether anything may be done to the host. */
export function isReady({ failure, withheld }: HostProgress): boolean {
  return failure === undefined && withheld === undefined;
}

/** A host that failed stops its own cluster: its partners' changes are not begun, or not gone on with. */
export function withholdFrom(member: HostProgress, members: readonly HostProgress[], what: string): void {
  const stopper = members.find((one) => one.failure !== undefined);
  if (stopper === undefined || !isReady(member) || isDone(member)) return;
  const why = stopper.failure?.status === 'unreachable' ? 'could not be reached' : 'failed';
  member.withheld = `${what}, since ${stopper.host} ${why}`;
}

/** How a host ended. */
export function outcomeOf(progress: HostProgress): HostOutcome {
  const { cluster, made, failure, withheld, reverted } = progress;
  if (failure !== undefined) {
    const back = reverted === undefined ? {} : { putBack: reverted };
    return { status: failure.status, cluster, changes: made, error: failure.error, ...back };
  }
  if (withheld !== undefined) {
    const error = { message: withheld, host: progress.host };
    return { status: made === 0 ? 'untouched' : 'failed', cluster, changes: made, error };
  }
  return { status: made === 0 ? 'ok' : 'changed', cluster, changes: made };
}

/** Whether the host had nothing to be done. */
export function isConverged({ plan }: HostProgress): boolean {
  return plan.status === 'planned' && plan.changes.length === 0;
}

/** Whether the host is in maintenance: its keepalived is not meant to run. */
export function isKeptStandby({ plan }: HostProgress): boolean {
  return plan.status === 'planned' && plan.maintenance !== undefined;
}

/** Whether nothing of its plan is left to do. */
function isDone(progress: HostProgress): boolean {
  return progress.plan.status === 'planned' && progress.made >= changesOf(progress).length;
}

/** The changes that were planned for it. */
export function changesOf({ plan }: HostProgress): readonly Change[] {
  return plan.status === 'planned' ? plan.changes : [];
}
