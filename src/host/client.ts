import { randomBytes } from 'node:crypto';
import type { RunOptions, RunResult, Session } from '../transport/session.ts';
import { encodeValue } from './encode.ts';
import { hostProgram, hostText } from './program.ts';

/** What the host program can be asked to do; src/host/main.sh has a row for each. */
export type Verb = 'change' | 'changes' | 'stage' | 'unstage' | 'test' | 'forget-restart';

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
}

/** `key=value key=value`, encoded: the arguments of a verb, or what follows the kind in a line of a list of changes. */
export function argumentWords(args: Arguments): string {
  return Object.entries(args)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeValue(String(value))}`]))
    .join(' ');
}

/** What Session.run takes for a call. `carried`: the program comes first on standard input, and is put in its place. */
export function prepareCall(
  call: HostCall,
  carried: boolean,
  absent: string,
): { readonly script: string; readonly stdin: Uint8Array } {
  const { text, sha256 } = hostProgram();
  const program = Buffer.from(carried ? text : '');
  const words = [call.verb, call.kind, argumentWords(call.args ?? {})].filter((word) => word);
  const script = `sum=${sha256}
bytes=${program.length}
absent=${absent}
${hostText('carry')}
exec sh "$program" ${words.join(' ')}`;
  return { script, stdin: Buffer.concat([program, Buffer.from(call.content ?? '')]) };
}

/**
 * Runs a verb of the host program. The program goes along where the host turns out not to have it, which takes a second
 * round trip, or at once with `carry`. Rejects as Session.run does.
 */
export async function runVerb(session: Session, call: HostCall, options: CallOptions = {}): Promise<RunResult> {
  const { carry = false, ...rest } = options;
  const absent = `haprov-absent-${randomBytes(9).toString('hex')}`;
  const run = (carried: boolean): Promise<RunResult> => {
    const { script, stdin } = prepareCall(call, carried, absent);
    return session.run(script, { ...rest, stdin });
  };
  const result = await run(carry);
  return !carry && result.code === 127 && result.stderr.includes(absent) ? run(true) : result;
}
