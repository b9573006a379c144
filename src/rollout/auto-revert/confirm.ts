import { parseRecord } from '../../facts/state/guard-records.ts';
import { confirmCall } from '../../host/auto-revert.ts';
import { runVerb } from '../../host/client.ts';
import { decodeValue } from '../../host/encode.ts';
import { LostConnectionError, RunTimeoutError } from '../../transport/errors.ts';
import type { Session } from '../../transport/session.ts';
import type { RunIdentity } from '../lease/identity.ts';
import { SwitchError } from './errors.ts';

/**
 * Confirms the new state of a host, through a connection that was made after the change. One round trip. What a lost
 * answer said is found out by calling it again, through a next connection. Throws SwitchError where the host has put its
 * old state back, or is at it.
 */
export async function confirm(fresh: Session, identity: RunIdentity): Promise<void> {
  const facts = { host: fresh.host.id, action: 'confirm the new state' };
  const { code, stdout, stderr } = await runVerb(fresh, confirmCall(identity), { absent: 'none' });
  const [said, ...lines] = stdout.trim().split('\n');
  if (code === 0 && said === 'confirmed') return;
  if (said === 'rolling') throw new SwitchError('rolling', 'the host is putting its old state back', facts);
  if (said === 'put-back') {
    const reason = decodeValue(parseRecord(lines)['reason'] ?? '');
    throw new SwitchError('put-back', `the host has put its old state back: ${reason}`, facts);
  }
  if (said === 'busy') throw new SwitchError('busy', 'a script of this run is still at work on the host', facts);
  if (said === 'none' || code === 127) throw new SwitchError('none', 'nothing is armed by this run', facts);
  throw new SwitchError('none', stderr.trim().split('\n')[0] || `exit status ${code}`, { ...facts, evidence: stderr });
}

/**
 * As `confirm`, making the connections itself, each a new one: where the answer is lost it asks the next one what has
 * become of it. Throws what `connect` throws.
 */
export async function confirmThrough(
  connect: () => Promise<Session>,
  identity: RunIdentity,
  attempts = 3,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const session = await connect();
    try {
      return await confirm(session, identity);
    } catch (error) {
      const lost = error instanceof LostConnectionError || error instanceof RunTimeoutError;
      if (!lost || attempt >= attempts) throw error;
    } finally {
      session.close();
    }
  }
}
