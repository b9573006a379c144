import { readFile, rm } from 'node:fs/promises';
import { run } from '../docker/process.ts';

/** A program to run, and what it reads. */
export interface Invocation {
  readonly argv: readonly [string, ...string[]];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What one run of a program took, its children included. */
export interface Measurement {
  readonly wallMs: number;
  /** User and system time together. */
  readonly cpuMs: number;
  /** Peak resident memory of the largest process. */
  readonly rssMiB: number;
}

/** A run and what came of it. */
export interface Measured extends Measurement {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where Debian's `time` is; the shell's own word does not tell memory. */
export const TIME = '/usr/bin/time';

/** Runs a program to its end under time(1), which writes what it found into `scratch`. */
export async function measure({ argv, input, env }: Invocation, scratch: string): Promise<Measured> {
  const timed = [TIME, '-q', '-o', scratch, '-f', '%M %U %S', ...argv] as const;
  const start = performance.now();
  const result = await run(timed, { ...(input === undefined ? {} : { input }), ...(env === undefined ? {} : { env }) });
  const wallMs = performance.now() - start;
  const told = (await readFile(scratch, 'utf8')).trim().split('\n').at(-1) ?? '';
  await rm(scratch, { force: true });
  const [kilobytes = 0, user = 0, system = 0] = told.split(' ').map(Number);
  return { ...result, wallMs, cpuMs: 1000 * (user + system), rssMiB: kilobytes / 1024 };
}
