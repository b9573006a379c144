import { randomBytes } from 'node:crypto';
import { quote } from '../transport/quote.ts';
import type { RunOptions, RunResult, Session } from '../transport/session.ts';
import { encodeValue } from './encode.ts';
import { hostProgram, hostText } from './program.ts';

/** What the host program can be asked to do; src/host/main.sh has a row for each. */
export type Verb =
  | 'change'
  | 'changes'
  | 'stage'
  | 'unstage'
  | 'test'
  | 'forget-restart'
  | 'lease-take'
  | 'lease-renew'
  | 'lease-release'
  | 'fenced'
  | 'arm'
  | 'prolong'
  | 'strike'
  | 'confirm'
  | 'revert'
  | 'maintenance-begin'
  | 'maintenance-end'
  | 'record-write'
  | 'prune';

/** Arguments of a verb or of a change. One that is undefined is left out. */
export type Arguments = Readonly<Record<string, string | number | undefined>>;

export interface HostCall {
  readonly verb: Verb;
  /** The kind, of a `change`. */
  readonly kind?: string;
  readonly args?: Arguments;
  /** For the verb's standard input. */
  readonly content?: Uint8Array | string;
}

export interface CallOptions extends Omit<RunOptions, 'stdin'> {
  /** Whether the program goes along at once: true for what begins a run, where the host may not have it. */
  readonly carry?: boolean;
  /** Where the host has no program it gets none: the result is this line on standard error, and exit status 127. */
  readonly absent?: string;
}

/** `key=value key=value`, encoded. */
function words(args: Arguments): readonly string[] {
  return Object.entries(args).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeValue(String(value))}`],
  );
}

/** A line of a list of changes. */
export function changeLine(kind: string, args: Arguments): string {
  return [kind, ...words(args)].join(' ');
}

/** The words that follow the program's path. */
export function callWords({ verb, kind, args = {} }: HostCall): readonly string[] {
  return [verb, ...(kind === undefined ? [] : [kind]), ...words(args)];
}

/** What Session.run takes. */
export interface PreparedCall {
  readonly script: string;
  readonly stdin: Uint8Array;
}

/**
 * A call for a host that has the program, as the lease of a run has brought it; where it is missing, `absent` is said on
 * standard error, and the exit status is 127. `carried`: the program comes first on standard input, and is put in its place.
 */
export function prepareCall(call: HostCall, carried = false, absent = 'the host program is missing'): PreparedCall {
  const { text, sha256 } = hostProgram();
  const program = Buffer.from(carried ? text : '');
  const script = `sum=${sha256}
bytes=${program.length}
absent=${quote(absent)}
${hostText('carry')}
exec sh "$program" ${callWords(call).join(' ')}`;
  return { script, stdin: Buffer.concat([program, Buffer.from(call.content ?? '')]) };
}

/**
 * Runs a verb of the host program. The program goes along where the host turns out not to have it, which takes a second
 * round trip, or at once with `carry`. Rejects as Session.run does.
 */
export async function runVerb(session: Session, call: HostCall, options: CallOptions = {}): Promise<RunResult> {
  const { carry = false, absent, ...rest } = options;
  const mark = absent ?? `haprov-absent-${randomBytes(9).toString('hex')}`;
  const run = (carried: boolean): Promise<RunResult> => {
    const { script, stdin } = prepareCall(call, carried, mark);
    return session.run(script, { ...rest, stdin });
  };
  const result = await run(carry);
  const missing = !carry && absent === undefined && result.code === 127 && result.stderr.includes(mark);
  return missing ? run(true) : result;
}
