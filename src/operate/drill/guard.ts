import { randomBytes } from 'node:crypto';
import { HaprovError } from '../../errors.ts';
import type { RunResult, Session } from '../../transport/session.ts';
import { armScript, type HostFault, prolongScript, rightScript, strikeScript } from './guard-script.ts';

/** A step of a drill on a host that did not go as it should. */
export class DrillError extends HaprovError {
  override readonly name = 'DrillError';
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
  const facts = { host: session.host.id, action: 'make ready for a fault' };
  const unit = `haprov-drill-${token.slice(0, 8)}.service`;
  const armed = await session.run(armScript(token, unit, seconds, fault.undo), { timeoutMs: RIGHT_MS });
  if (armed.code !== 0 || !armed.stdout.includes('armed'))
    throw new DrillError(firstLine(armed), { ...facts, evidence: armed.stderr });
  const beat = startBeat(open, prolongScript(token, seconds), seconds);
  let done: Promise<{ readonly byItself: boolean; readonly at: Struck | undefined }> | undefined;
  return {
    strike: async (prepare, make) => {
      const result = await (await open()).run(strikeScript(token, seconds, prepare, make), { timeoutMs: 120_000 });
      const said = { ...facts, action: 'make the fault', evidence: result.stderr };
      if (result.stdout.startsWith('gone')) throw new DrillError('the host has put itself right already', said);
      if (result.code !== 0) throw new DrillError(firstLine(result), said);
      return struckOf(result);
    },
    right: () => {
      beat();
      done ??= putRight(open, token, session.host.id).catch((error: unknown) => {
        done = undefined;
        throw error;
      });
      return done;
    },
    abandon: beat,
  };
}

async function putRight(open: () => Promise<Session>, token: string, host: string) {
  const result = await (await open()).run(rightScript(token), { timeoutMs: RIGHT_MS });
  const said = result.stdout.trim().split('\n').at(-1);
  if (result.code === 0 && said === 'right') return { byItself: false, at: struckOf(result) };
  if (result.code === 0 && (said === 'healed' || said === 'gone')) return { byItself: true, at: undefined };
  throw new DrillError(firstLine(result), { host, action: 'put right', evidence: result.stderr });
}

/** Moves the deadline four times in its span; gives what ends that. A beat that fails is no failure: the host decides. */
function startBeat(open: () => Promise<Session>, script: string, seconds: number): () => void {
  let busy = false;
  const timer = setInterval(
    () => {
      if (busy) return;
      busy = true;
      open()
        .then((session) => session.run(script, { timeoutMs: 15_000 }))
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
