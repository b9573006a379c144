import type { Readable, Writable } from 'node:stream';
import { chooseOutput, type OutputChoice } from '../ui/terminal/output.ts';
import { terminalSize } from '../ui/terminal/size.ts';
import { createStyle, type Style } from '../ui/terminal/style.ts';

/** The process as a command sees it; given in, so that a command can be tested without one. */
export interface Io {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly out: Writable & { readonly isTTY?: boolean };
  readonly err: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first interrupt. */
  readonly signal: AbortSignal;
  /** Told what masks the secrets of a run as soon as they are known, for an error that ends the command. */
  readonly masks?: (redact: Redact) => void;
  /** Told what is under way on hosts while steps run there, and `undefined` once they have ended. */
  readonly underway?: (what: Underway | undefined) => void;
}

/** Steps that run on hosts. */
export interface Underway {
  /** Prints what is known of the hosts, synchronously: the process ends right after. */
  readonly cutShort: () => void;
}

/** Exit codes of the contract. */
export const EXIT = { done: 0, failed: 1, pending: 2, usage: 3, unreachable: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly color?: boolean;
  readonly verbose?: boolean;
  /** Failures and results only. */
  readonly quiet?: boolean;
}

export type Redact = (text: string) => string;

/** How to write to stdout, or (with --json, whose stdout carries JSON only) to stderr. */
export function outputFor(io: Io, options: CommonOptions): OutputChoice {
  return chooseOutput({
    isTTY: io.out.isTTY === true,
    env: io.env,
    flags: { json: options.json, color: options.color },
  });
}

export function styleFor(stream: Io['out'], io: Io, options: CommonOptions, redact?: Redact): Style {
  const { colour, unicode } = chooseOutput({
    isTTY: stream.isTTY === true,
    env: io.env,
    flags: { color: options.color },
  });
  const { columns } = terminalSize({ out: stream });
  const width = stream.isTTY === true ? Math.min(120, Math.max(40, columns)) : 100;
  return createStyle({
    colour,
    unicode,
    terminal: stream.isTTY === true,
    columns: width,
    ...(redact === undefined ? {} : { redact }),
  });
}
