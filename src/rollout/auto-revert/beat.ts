import { prolongCall } from '../../host/auto-revert.ts';
import { runVerb } from '../../host/client.ts';
import type { Session } from '../../transport/session.ts';
import { isFenced } from '../lease/fence.ts';
import type { RunIdentity } from '../lease/identity.ts';

/** Milliseconds; the deadline moves on once a second, so that a sign of life that is late is none that is lost. */
const BEAT_MS = 1000;
/** A host waits for a script of its own to end before it heeds a sign of life. */
const ANSWER_MS = 90_000;

/**
 * Gives an armed host a sign of life once a second, which moves its deadline to `seconds` from then; the function that is
 * returned ends that. One that fails is no failure: the host decides.
 */
export function startBeat(session: Session, { token, run }: RunIdentity, seconds: number): () => void {
  const open = isFenced(session) ? session.unfenced : session;
  const call = prolongCall({ token, run }, seconds);
  let busy = false;
  const beat = (): void => {
    if (busy) return;
    busy = true;
    runVerb(open, call, { timeoutMs: ANSWER_MS, absent: '' })
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  };
  const timer = setInterval(beat, BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}
