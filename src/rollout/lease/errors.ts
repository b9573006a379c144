import { HaprovError } from '../../errors.ts';
import type { GuardFact, LeaseFact } from '../../facts/state/guard.ts';

/** Another run works on a host, and went on doing so for as long as this one would wait. Nothing was changed. */
export class LockedError extends HaprovError {
  override readonly name = 'LockedError';
  /** What is known of the other run; null where a script of it is still at work after its lease has gone. */
  readonly lease: LeaseFact | null;

  constructor(host: string, guard: GuardFact) {
    const { lease } = guard;
    super(`locked by ${describeHolder(guard)}`, {
      host,
      action: 'take the lock',
      next:
        lease === null || lease.left === 0
          ? 'Wait until it has ended.'
          : `Wait until it has ended; if it was killed, its lease ends in ${lease.left} s. --force-unlock takes it over now.`,
    });
    this.lease = lease;
  }
}

/** Why a fenced script was not begun. lost: the lease is another run's, or over. busy: an earlier script still runs. */
export type FenceReason = 'lost' | 'put-back' | 'busy';

/** A script was not begun, since the host is no longer this run's to work on. */
export class FencedError extends HaprovError {
  override readonly name = 'FencedError';
  readonly reason: FenceReason;

  constructor(host: string, reason: FenceReason, guard: GuardFact, token: string) {
    super(explain(reason, guard, token), { host, action: 'run a script under the lock', next: NEXT[reason] });
    this.reason = reason;
  }
}

const NEXT: Record<FenceReason, string> = {
  lost: 'Run again once the other run has ended.',
  'put-back': 'Find out why nobody confirmed in time, and run again.',
  busy: 'Look on the host what hangs, and run again.',
};

function explain(reason: FenceReason, guard: GuardFact, token: string): string {
  if (reason === 'busy') return 'an earlier script of this run is still at work on the host';
  if (reason === 'put-back') {
    return `the host has put its old state back: ${guard.putBack?.reason ?? 'it is at it'}`;
  }
  const { lease } = guard;
  if (lease === null) return 'the lock was lost: another run took it over and has ended';
  if (lease.token === token) return 'the lock was lost: its lease was not renewed in time';
  return `the lock was lost to ${describeHolder(guard)}`;
}

/** "alice@ops1 (run r261122-105725-4f2a, apply prod.yaml), at work for 34 s" */
export function describeHolder({ lease, armed }: GuardFact): string {
  if (lease !== null) return `${lease.who} (run ${lease.run}, ${lease.why}), at work for ${lease.heldFor} s`;
  if (armed !== null) return `${armed.who} (run ${armed.run}), whose changes the host puts back`;
  return 'a script of a run that has ended';
}
