import { randomBytes } from 'node:crypto';
import { HaprovError } from '../../errors.ts';
import { type GuardFact, parseGuard } from '../../facts/state/guard.ts';
import { type HostCall, runVerb } from '../../host/client.ts';
import { wayOut } from '../../host/way-out.ts';
import type { Session } from '../../transport/session.ts';
import type { RunIdentity } from './identity.ts';

export interface LeaseTimes {
  /** How long a lease is good for. */
  readonly seconds: number;
  /** How often it is renewed, in milliseconds. */
  readonly renewMs: number;
  /** How often a host that is locked is asked again, in milliseconds. */
  readonly pollMs: number;
}

export const LEASE: LeaseTimes = { seconds: 60, renewMs: 20_000, pollMs: 1000 };

/**
 * What came of asking for a host's lease. stale: it is not in the state that was expected. rolled: changes of a run that
 * nobody confirmed were put back first. busy: some script holds the lock itself.
 */
export type Taken =
  | { readonly verdict: 'taken'; readonly stale: boolean; readonly rolled: boolean }
  | { readonly verdict: 'held' | 'busy'; readonly guard: GuardFact };

/** What may be taken over: nothing that lives, the lease with this token, or any. */
export type Force = { readonly token: string } | 'any' | 'none';

/** The host could not be locked, for another reason than somebody else's lock. */
export class LockError extends HaprovError {
  override readonly name = 'LockError';
}

/** Putting back what a dead run left takes as long as its services do. */
const TAKE_MS = 900_000;

/** Asks once for the lease of a host, in one round trip. A repetition by the same run finds it taken. */
export async function takeLease(
  session: Session,
  identity: RunIdentity,
  expected: string,
  force: Force,
  times: LeaseTimes,
): Promise<Taken> {
  const result = await runVerb(session, takeCall(identity, expected, force, times), {
    timeoutMs: TAKE_MS,
    carry: true,
  });
  const [verdict, stale, rolled] = (result.stdout.split('\n')[0] ?? '').split(' ');
  if (result.code === 0 && verdict === 'taken') return { verdict, stale: stale === '1', rolled: rolled === '1' };
  if (result.code === 0 && (verdict === 'held' || verdict === 'busy')) {
    return { verdict, guard: parseGuard(result.stdout) };
  }
  throw new LockError(result.stderr.trim().split('\n')[0] || `exit status ${result.code}`, {
    host: session.host.id,
    action: 'take the lock',
    evidence: result.stderr,
    next: wayOut(result.stderr, session.host.id),
  });
}

/** The call for a lease. The generation that it will give the host is another one each time. */
export function takeCall(identity: RunIdentity, expected: string, force: Force, { seconds }: LeaseTimes): HostCall {
  const { run, token, who, why, process } = identity;
  const over = typeof force === 'string' ? force : force.token;
  const generation = `${run}.${randomBytes(4).toString('hex')}`;
  const takeover = `${who} took the host over`;
  return { verb: 'lease-take', args: { run, token, who, why, process, over, expected, seconds, generation, takeover } };
}
