import { randomBytes } from 'node:crypto';
import { HaprovError } from '../../errors.ts';
import { armCall, parseReverted, prolongCall, revertCall, type Switch, strikeCall } from '../../host/auto-revert.ts';
import { changeLine, type HostCall, runVerb } from '../../host/client.ts';
import type { RunResult, Session } from '../../transport/session.ts';

/** A step of a drill on a host that did not go as it should. */
export class DrillError extends HaprovError {
  override readonly name = 'DrillError';
}

/** A part of a script that a host runs: lines of sh. In `$d` is a directory that is gone once all is as before. */
export interface HostFault {
  /** Done before the clock runs: what would blur the moment of the fault. */
  readonly prepare: string;
  /** The fault itself. */
  readonly make: string;
  /** Takes both back; may be run again; exits 0 once all is as before. */
  readonly undo: string;
}

/** When a step began and when it was over, in nanoseconds of the host's clock. */
export interface Struck {
  readonly from: string;
  readonly to: string;
}

/** A host that puts itself right unless it is heard of. */
export interface Guard {
  /** The fault, or a step of it. Throws DrillError where the host has put itself right, and nothing was done then. */
  strike(prepare: string, make: string): Promise<Struck>;
  /** Undoes, and sees that it is undone. `byItself`: the host was first. Throws DrillError where it cannot be. May be called again. */
  right(): Promise<{ readonly byItself: boolean; readonly at: Struck | undefined }>;
  /** Ends the heartbeat alone: the host puts itself right in time. */
  abandon(): void;
}

export interface GuardOptions {
  /** Through which the host is armed: the lock's. */
  readonly session: Session;
  /** The same host, connected anew where the connection was lost; for what has to work in any case. */
  readonly open: () => Promise<Session>;
  readonly fault: HostFault;
  /** How long the host waits without a word before it puts itself right; at least 3. */
  readonly seconds: number;
}

const RIGHT_MS = 400_000;

/** Arms a host. Nothing is broken yet. Throws DrillError where it cannot guard itself. */
export async function armGuard({ session, open, fault, seconds }: GuardOptions): Promise<Guard> {
  const token = randomBytes(12).toString('hex');
  const of: Switch = { name: 'drill', token, run: `drill-${token}` };
  const facts = { host: session.host.id, action: 'make ready for a fault' };
  const list = [changeLine('script', { script: fault.undo })];
  const armed = await runVerb(session, armCall(of, { seconds, list }), { timeoutMs: RIGHT_MS });
  if (armed.code !== 0 || !armed.stdout.includes('armed'))
    throw new DrillError(firstLine(armed), { ...facts, evidence: armed.stderr });
  const beat = startBeat(open, prolongCall(of, seconds), seconds);
  let done: Promise<{ readonly byItself: boolean; readonly at: Struck | undefined }> | undefined;
  return {
    strike: async (prepare, make) => {
      const result = await runVerb(await open(), strikeCall(of, seconds, prepare, make), { timeoutMs: 120_000 });
      const said = { ...facts, action: 'make the fault', evidence: result.stderr };
      if (result.stdout.startsWith('gone')) throw new DrillError('the host has put itself right already', said);
      if (result.code !== 0) throw new DrillError(firstLine(result), said);
      return struckOf(result);
    },
    right: () => {
      beat();
      done ??= putRight(open, of, session.host.id).catch((error: unknown) => {
        done = undefined;
        throw error;
      });
      return done;
    },
    abandon: beat,
  };
}

/** Why the host undoes a fault that nobody else has undone before. */
const TOLD = 'it was told to';

async function putRight(open: () => Promise<Session>, of: Switch, host: string) {
  const result = await runVerb(await open(), revertCall(of, TOLD), { timeoutMs: RIGHT_MS, absent: '' });
  const reverted = parseReverted(result);
  if (reverted?.reason === TOLD) return { byItself: false, at: reverted.at };
  if (reverted !== undefined || result.stdout === 'none\n') return { byItself: true, at: undefined };
  throw new DrillError(firstLine(result), { host, action: 'put right', evidence: result.stderr });
}

/** Moves the deadline four times in its span; gives what ends that. A beat that fails is no failure: the host decides. */
function startBeat(open: () => Promise<Session>, call: HostCall, seconds: number): () => void {
  let busy = false;
  const timer = setInterval(
    () => {
      if (busy) return;
      busy = true;
      open()
        .then((session) => runVerb(session, call, { timeoutMs: 15_000, absent: '' }))
        .catch(() => undefined)
        .finally(() => {
          busy = false;
        });
    },
    (seconds * 1000) / 4,
  );
  timer.unref();
  return () => clearInterval(timer);
}

function struckOf({ stdout }: RunResult): Struck {
  const times = [...stdout.matchAll(/^at (\d+)$/gm)].map(([, time]) => time ?? '0');
  return { from: times[0] ?? '0', to: times.at(-1) ?? '0' };
}

function firstLine({ stderr, code }: RunResult): string {
  return stderr.trim().split('\n')[0] || `exit status ${code}`;
}
