import { randomBytes } from 'node:crypto';
import { parseGuard } from '../../facts/state/guard.ts';
import { type HostCall, runVerb } from '../../host/client.ts';
import type { Session } from '../../transport/session.ts';
import { FencedError, type FenceReason } from './errors.ts';
import type { RunIdentity } from './identity.ts';

/** A session whose scripts run only while the host is this run's to work on; they run as root. */
export interface FencedSession extends Session {
  /** The same connection without the fence: for reading, and for what has to work when the lock is lost. */
  readonly unfenced: Session;
}

export function isFenced(session: Session): session is FencedSession {
  return 'unfenced' in session;
}

const RUN_MS = 60_000;
/** How long to wait for a script that is still at work, in seconds. */
const PATIENCE_S = 30;

/** Puts a fence around a session. `onUse` is called before each script. */
export function fenceSession(
  session: Session,
  identity: RunIdentity,
  leaseSeconds: number,
  onUse: () => void,
): FencedSession {
  return {
    host: session.host,
    unfenced: session,
    run: async (script, { stdin, ...options } = {}) => {
      onUse();
      const mark = `haprov-fence-${randomBytes(9).toString('hex')}`;
      const seconds = Math.ceil((options.timeoutMs ?? RUN_MS) / 1000);
      const call = fencedCall({ script, stdin, mark, identity, lease: leaseSeconds, seconds });
      // A host without the program has lost its records, or haprov was removed from it.
      const result = await runVerb(session, call, { ...options, absent: `${mark} lost` });
      const at = result.stderr.indexOf(`${mark} `);
      if (at < 0) return result;
      const refusal = result.stderr.slice(at + mark.length + 1);
      throw new FencedError(session.host.id, reasonOf(refusal), parseGuard(refusal), identity.token);
    },
    close: () => session.close(),
  };
}

function reasonOf(refusal: string): FenceReason {
  return refusal.startsWith('busy') ? 'busy' : refusal.startsWith('put-back') ? 'put-back' : 'lost';
}

interface Fence {
  readonly script: string;
  readonly stdin: Uint8Array | undefined;
  /** What a refusal on standard error begins with; nothing that the script itself can print. */
  readonly mark: string;
  readonly identity: RunIdentity;
  /** How long a lease is good for. */
  readonly lease: number;
  /** How long the script may take, in seconds. */
  readonly seconds: number;
}

function fencedCall({ script, stdin, mark, identity, lease, seconds }: Fence): HostCall {
  const { token, run } = identity;
  // Whatever is cut off on its way is a syntax error as a whole, and nothing of it is run.
  const text = Buffer.from(`{ :\n${script}\n\n}`);
  const args = { token, run, mark, lease, seconds, wait: PATIENCE_S, bytes: text.length };
  return { verb: 'fenced', args, content: Buffer.concat([text, ...(stdin === undefined ? [] : [stdin])]) };
}
