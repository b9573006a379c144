import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardFact } from '../../facts/state/guard.ts';
import { runVerb } from '../../host/client.ts';
import type { Session } from '../../transport/session.ts';
import { type Force, LEASE, type LeaseTimes, type Taken, takeLease } from './acquire-lease.ts';
import { describeHolder, LockedError } from './errors.ts';
import { type FencedSession, fenceSession } from './fence.ts';
import { isDead, type RunIdentity } from './identity.ts';
import { releaseCall } from './lease.ts';
import { renewLeases } from './renew.ts';

/** The hosts that a run has to itself. */
export interface Lock {
  /** By host id; FencedError where the lock was lost, and nothing of the script ran. */
  readonly sessions: ReadonlyMap<string, FencedSession>;
  /** Hosts that another run has had since the plan was made: it is out of date for them. */
  readonly stale: readonly string[];
  /** Hosts that could not be locked for another reason than a lock, with the error; they have no session here. */
  readonly failed: ReadonlyMap<string, unknown>;
  /** Gives the hosts back, as well as that goes, and ends the renewals. May be called again. */
  release(): Promise<void>;
}

export interface LockOptions {
  readonly sessions: ReadonlyMap<string, Session>;
  /** The generation that each host had when the plan was made. */
  readonly expected: ReadonlyMap<string, string>;
  readonly identity: RunIdentity;
  /** How long to wait for other runs, in milliseconds. */
  readonly waitMs: number;
  /** Take living leases over too. */
  readonly force: boolean;
  /** Called once for each host and run that is waited for. */
  readonly onWaiting: (host: string, reason: string) => void;
  readonly signal: AbortSignal;
  readonly times?: LeaseTimes;
}

/** About that long, never in step with somebody else. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms * (0.7 + 0.6 * Math.random()), undefined, { signal });
}

/**
 * Locks all the hosts, or none: throws LockedError after `waitMs`, the signal's reason when that is aborted. One round
 * trip for each host that is free.
 *
 * Two runs that want several hosts each do not wait for each other for ever: all ask for all hosts at once, and where a
 * run with the lower token has one, we give back all that we got. So whoever holds something and waits, waits for a
 * higher token; following that, one comes to a run that waits for nobody, and that one ends or its lease does.
 */
export async function lockHosts(options: LockOptions): Promise<Lock> {
  const { sessions, expected, identity, force, onWaiting, signal, times = LEASE } = options;
  const held = new Set<string>();
  const used = new Set<string>();
  const stale = new Set<string>();
  const failed = new Map<string, unknown>();
  const told = new Set<string>();
  const giveUp = Date.now() + options.waitMs;
  const stop = renewLeases(held, sessions, identity, times);

  const giveBack = async (hosts: Iterable<string>): Promise<void> => {
    const all = [...hosts];
    await Promise.all(
      all.map(async (host) => {
        const session = sessions.get(host);
        if (session === undefined) return;
        const call = releaseCall(identity, !used.has(host));
        // Where haprov was removed there is nothing to give back.
        await runVerb(session, call, { timeoutMs: 15_000, absent: '' }).catch(() => undefined);
      }),
    );
    for (const host of all) held.delete(host);
  };
  /** What stands in the way, if anything. */
  const ask = async (host: string): Promise<readonly [string, GuardFact] | undefined> => {
    const session = sessions.get(host);
    if (session === undefined) return undefined;
    try {
      const taken = await takeOnce(session, identity, expected.get(host) ?? '', force ? 'any' : 'none', times);
      if (taken.verdict !== 'taken') return [host, taken.guard];
      held.add(host);
      if (taken.stale) stale.add(host);
      if (taken.rolled) used.add(host);
    } catch (error) {
      failed.set(host, error);
    }
    return undefined;
  };

  try {
    let wanted = [...sessions.keys()];
    while (wanted.length > 0) {
      signal.throwIfAborted();
      const answers = await Promise.all(wanted.map(ask));
      const refused = new Map(answers.flatMap((answer) => (answer === undefined ? [] : [answer])));
      const missing = [...sessions.keys()].filter((host) => !held.has(host) && !failed.has(host));
      wanted = missing;
      const [first] = refused;
      if (first === undefined) continue;
      if (Date.now() >= giveUp) throw new LockedError(...first);
      for (const [host, guard] of refused) {
        const holder = guard.lease?.run ?? guard.armed?.run ?? '';
        if (!told.has(`${host} ${holder}`)) onWaiting(host, `waiting for ${describeHolder(guard)}`);
        told.add(`${host} ${holder}`);
      }
      if ([...refused.values()].some(({ lease }) => lease !== null && lease.token < identity.token)) {
        await giveBack(held);
        wanted = [...refused.keys()];
      }
      await pause(times.pollMs, signal);
    }
  } catch (error) {
    stop();
    await giveBack(sessions.keys());
    throw signal.aborted ? signal.reason : error;
  }

  let released: Promise<void> | undefined;
  return {
    sessions: new Map(
      [...sessions]
        .filter(([host]) => held.has(host))
        .map(([host, session]) => [host, fenceSession(session, identity, times.seconds, () => used.add(host))]),
    ),
    stale: [...stale],
    failed,
    release: () => {
      stop();
      released ??= giveBack([...held]);
      return released;
    },
  };
}

/** Asks once, and takes the lease of a process that has died on this very machine without waiting for its end. */
async function takeOnce(
  session: Session,
  identity: RunIdentity,
  expected: string,
  force: Force,
  times: LeaseTimes,
): Promise<Taken> {
  const taken = await takeLease(session, identity, expected, force, times);
  if (taken.verdict !== 'held') return taken;
  const { lease } = taken.guard;
  if (lease === null || !isDead(lease.process, identity)) return taken;
  return takeLease(session, identity, expected, { token: lease.token }, times);
}
