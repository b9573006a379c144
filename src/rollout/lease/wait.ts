import { createReader } from '../../facts/reader/reader.ts';
import { type GuardFact, guardSubject } from '../../facts/state/guard.ts';
import { LEASE } from './acquire-lease.ts';
import { describeHolder, LockedError } from './errors.ts';
import { isDead, type RunIdentity } from './identity.ts';
import { type LockOptions, pause } from './lock.ts';

export type WaitOptions = Omit<LockOptions, 'expected'>;

/**
 * Waits until no living run holds one of the hosts, and none is about to put back what a run left there: a plan that was
 * made before would be out of date. Throws LockedError after `waitMs`, the signal's reason when that is aborted, and what
 * the session throws. Changes nothing.
 */
export async function waitForOthers(options: WaitOptions): Promise<void> {
  const giveUp = Date.now() + options.waitMs;
  await Promise.all([...options.sessions.keys()].map((host) => waitForHost(host, giveUp, options)));
}

async function waitForHost(host: string, giveUp: number, options: WaitOptions): Promise<void> {
  const { sessions, identity, force, onWaiting, signal, times = LEASE } = options;
  const session = sessions.get(host);
  const told = new Set<string>();
  while (session !== undefined) {
    signal.throwIfAborted();
    const guard = await createReader(session, signal)
      .ask(guardSubject, 'guard')
      .catch(() => undefined);
    signal.throwIfAborted();
    if (guard === undefined) return;
    const reason = reasonToWait(guard, identity, force);
    if (reason === undefined) return;
    // What is armed is put back by whoever takes the lock.
    if (Date.now() >= giveUp && reason.about !== guard.lease?.run) return;
    if (Date.now() >= giveUp) throw new LockedError(host, guard);
    if (!told.has(reason.about)) onWaiting(host, reason.text);
    told.add(reason.about);
    await pause(times.pollMs, signal).catch(() => signal.throwIfAborted());
  }
}

/** Why a plan of this host made now might be out of date soon; `about` stays the same while `text` counts. */
export function reasonToWait(
  guard: GuardFact,
  identity: RunIdentity,
  force: boolean,
): { readonly about: string; readonly text: string } | undefined {
  const { lease, armed } = guard;
  if (force) return undefined;
  if (lease !== null && lease.left > 0 && lease.token !== identity.token && !isDead(lease.process, identity)) {
    return { about: lease.run, text: `waiting for ${describeHolder(guard)}` };
  }
  if (armed === null || armed.run === identity.run) return undefined;
  // Due and still armed: nobody watches it, and whoever takes the lock puts it back.
  if (armed.state === 'armed' && armed.left === 0) return undefined;
  // So it does for a run that has died on this machine, without waiting for the deadline.
  if (armed.state === 'armed' && lease?.run === armed.run && isDead(lease.process, identity)) return undefined;
  const when = armed.state === 'rolling' ? 'is putting' : `puts (in ${armed.left} s)`;
  return {
    about: `switch ${armed.run}`,
    text: `the host ${when} back what ${armed.who} (run ${armed.run}) left unconfirmed`,
  };
}
