import { parseReverted, type Reverted, revertCall } from '../../host/auto-revert.ts';
import { runVerb } from '../../host/client.ts';
import type { Session } from '../../transport/session.ts';
import { isFenced } from '../lease/fence.ts';
import type { RunIdentity } from '../lease/identity.ts';
import { SwitchError } from './errors.ts';

/** A watcher that is already at it is waited for; services take their time. */
const PUT_BACK_MS = 900_000;

/**
 * Puts the old state back now, through whichever connection works, or waits for the host that does so already. Afterwards
 * the fence lets this run's scripts through again, for clearing up. Throws SwitchError where nothing was armed by this run.
 */
export async function putBack(session: Session, identity: RunIdentity, reason: string): Promise<Reverted> {
  // Under the fence it would wait for itself.
  const open = isFenced(session) ? session.unfenced : session;
  const result = await runVerb(open, revertCall(identity, reason), { timeoutMs: PUT_BACK_MS, absent: 'none' });
  const reverted = parseReverted(result);
  if (reverted !== undefined) return reverted;
  const { code, stdout, stderr } = result;
  const facts = { host: session.host.id, action: 'put the old state back', evidence: stderr };
  if (stdout === 'none\n' || code === 127) throw new SwitchError('none', 'nothing is armed by this run', facts);
  throw new SwitchError('rolling', stderr.trim().split('\n')[0] || 'the host did not come to an end with it', facts);
}
