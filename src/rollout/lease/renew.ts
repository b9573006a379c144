import { runVerb } from '../../host/client.ts';
import type { Session } from '../../transport/session.ts';
import type { LeaseTimes } from './acquire-lease.ts';
import type { RunIdentity } from './identity.ts';
import { renewCall } from './lease.ts';

/**
 * Renews the leases of `held` for as long as the run lives, until the function that it gives is called. A renewal that
 * fails is no failure here: the fence finds out, before the next script.
 */
export function renewLeases(
  held: ReadonlySet<string>,
  sessions: ReadonlyMap<string, Session>,
  identity: RunIdentity,
  times: LeaseTimes,
): () => void {
  const call = renewCall(identity, times.seconds);
  const asked = new Set<string>();
  const renew = async (host: string): Promise<void> => {
    const session = sessions.get(host);
    if (session === undefined || asked.has(host)) return;
    asked.add(host);
    await runVerb(session, call, { timeoutMs: times.renewMs, absent: '' }).catch(() => undefined);
    asked.delete(host);
  };
  const timer = setInterval(() => {
    for (const host of held) void renew(host);
  }, times.renewMs);
  // A run that has nothing else to do ends.
  timer.unref();
  return () => clearInterval(timer);
}
