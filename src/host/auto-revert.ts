import { createHash, randomBytes } from 'node:crypto';
import type { RunResult } from '../transport/session.ts';
import type { HostCall } from './client.ts';
import { decodeValue } from './encode.ts';

/** A dead man's switch on a host, and who arms it. */
export interface Switch {
  /** Absent: a rollout's, which outlives a reboot. Those of drills and of handovers are gone with one. */
  readonly name?: 'drill' | 'return';
  /** By which the host knows who may confirm. */
  readonly token: string;
  readonly run: string;
}

const argsOf = ({ name, token, run }: Switch) => ({ switch: name, token, run });

export interface Arming {
  readonly who?: string;
  /** How long the host waits for a word. */
  readonly seconds: number;
  /** Lines of changes, run in their order. */
  readonly list: readonly string[];
  /** Units of services that must not start at boot before the list has run. */
  readonly services?: readonly string[];
  /** The list goes back to before the firewall that the host has now. */
  readonly further?: boolean;
}

/** Arms it: the host runs the list after so many seconds without a word. Says `armed` at its end. */
export function armCall(of: Switch, { who, seconds, list, services, further }: Arming): HostCall {
  const content = list.map((line) => `${line}\n`).join('');
  const sum = createHash('sha256').update(content).digest('hex');
  const arm = randomBytes(4).toString('hex');
  const args = {
    ...argsOf(of),
    who,
    seconds,
    services: services?.join(' '),
    further: further ? 1 : undefined,
    arm,
    sum,
  };
  return { verb: 'arm', args, content };
}

/** Moves the deadline to `seconds` from now. Says `prolonged`, or `gone` where the host has reverted. */
export function prolongCall(of: Switch, seconds: number): HostCall {
  return { verb: 'prolong', args: { ...argsOf(of), seconds } };
}

/** Runs two scripts, one that makes ready and one that is timed, while it is armed; says `gone` where it is not. */
export function strikeCall(of: Switch, seconds: number, ready: string, make: string): HostCall {
  // Whatever is cut off on its way is a syntax error as a whole, and nothing of it is run.
  const [first, second] = [ready, make].map((script) => `{ :\n${script}\n}\n`);
  const bytes = Buffer.byteLength(first ?? '');
  return { verb: 'strike', args: { ...argsOf(of), seconds, bytes }, content: `${first}${second}` };
}

/** Disarms it. `running`: only where that unit runs, or is in maintenance. */
export function confirmCall(of: Switch, running?: string): HostCall {
  return { verb: 'confirm', args: { ...argsOf(of), running } };
}

/** Has the host revert now; waits where it does so already. */
export function revertCall(of: Switch, reason: string): HostCall {
  return { verb: 'revert', args: { ...argsOf(of), reason } };
}

/** What came of a revert. */
export interface Reverted {
  /** Whether all of it came back. */
  readonly ok: boolean;
  /** Why: ours, or the host's own where it was first. */
  readonly reason: string;
  /** What the list printed; its end where that is long. */
  readonly detail: string;
  /** When it was asked for and when it was over, in nanoseconds of the host's clock. */
  readonly at: { readonly from: string; readonly to: string };
}

/** What `revertCall` answered; undefined where it says nothing of a revert. */
export function parseReverted({ code, stdout }: RunResult): Reverted | undefined {
  const [said, ...lines] = stdout.split('\n');
  if (code !== 0 || said !== 'put-back') return undefined;
  const log = lines.indexOf('[log]');
  const value = (key: string): string => lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1) ?? '';
  return {
    ok: value('ok') === '1',
    reason: decodeValue(value('reason')),
    detail: lines
      .slice(log + 1)
      .join('\n')
      .trim(),
    at: { from: value('from'), to: value('until') },
  };
}
