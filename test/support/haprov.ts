import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { givePrecedence } from '../../docker/precedence.ts';
import type { ApplyEvent } from '../../src/rollout/events.ts';
import type { PlanJson } from '../../src/ui/plan/plan-json.ts';
import { scratchDirectory } from './scratch.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface HaprovResult {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface HaprovOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Words to run it with, in front of it. */
  readonly through?: readonly string[];
}

let home: string | undefined;

/** An empty home directory, so that nobody's own keys and known_hosts play a part. */
export function emptyHome(): string {
  home ??= scratchDirectory('home');
  return home;
}

/** haprov at work. */
export interface HaprovProcess {
  /** Sends it a signal; does nothing once it has ended. */
  signal(name: NodeJS.Signals): void;
  /** Resolves with the first of its events (with --json) that satisfies; undefined when it ended without. */
  event(satisfies: (event: ApplyEvent) => boolean): Promise<ApplyEvent | undefined>;
  /** Resolves with the first line of its standard output that satisfies; undefined when it ended without. */
  line(satisfies: (line: string) => boolean): Promise<string | undefined>;
  /** Resolves once it has printed so many lines, or has ended. */
  printed(lines: number): Promise<void>;
  /** Resolves once the lines of its standard output so far satisfy, or it has ended. */
  output(satisfies: (lines: readonly string[]) => boolean): Promise<void>;
  /** Resolves once its standard error has this text, or it has ended. */
  complained(text: string): Promise<void>;
  readonly ended: Promise<HaprovResult>;
}

/** Starts the built haprov as a user's script does: a process of its own, without a terminal and without an agent. */
export function startHaprov(
  args: readonly string[],
  { env = {}, cwd, through = [] }: HaprovOptions = {},
): HaprovProcess {
  const started = Date.now();
  const [program = '', ...words] = [...through, process.execPath, CLI, ...args];
  const child = spawn(program, words, {
    cwd: cwd ?? emptyHome(),
    env: { PATH: process.env['PATH'], HOME: emptyHome(), LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // It stands for an administrator's machine, which is another one than that of the tests.
  givePrecedence(child.pid);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<HaprovResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, ms: Date.now() - started }));
  });
  /** Looks at the lines so far, and at each new one, until there is something to give. */
  const seen = <T>(look: (lines: readonly string[]) => T | undefined): Promise<T | undefined> =>
    new Promise((resolve) => {
      const again = () => {
        const found = look(stdout.split('\n').slice(0, -1));
        if (found !== undefined) resolve(found);
      };
      again();
      child.stdout.on('data', again);
      child.on('close', () => resolve(undefined));
    });
  const complained = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const again = () => {
        if (stderr.includes(text)) resolve();
      };
      again();
      child.stderr.on('data', again);
      child.on('close', () => resolve());
    });
  return {
    signal: (name) => void child.kill(name),
    event: (satisfies) => seen((lines) => lines.map((line): ApplyEvent => JSON.parse(line)).find(satisfies)),
    line: (satisfies) => seen((lines) => lines.find(satisfies)),
    printed: async (count) => void (await seen((lines) => (lines.length >= count ? count : undefined))),
    output: async (satisfies) => void (await seen((lines) => (satisfies(lines) ? lines : undefined))),
    complained,
    ended,
  };
}

/** Runs the built haprov to its end. */
export function haprov(args: readonly string[], options?: HaprovOptions): Promise<HaprovResult> {
  return startHaprov(args, options).ended;
}

/** Runs haprov and throws with all that it said unless it ends with this exit code. */
export async function expectExit(
  code: number,
  args: readonly string[],
  options?: HaprovOptions,
): Promise<HaprovResult> {
  const result = await haprov(args, options);
  if (result.code !== code) {
    throw new Error(`haprov ${args.join(' ')}: exit ${result.code}, not ${code}\n${result.stdout}${result.stderr}`);
  }
  return result;
}

/** `plan --json`, whatever its exit code. */
export async function planOf(
  inventory: string,
  args: readonly string[] = [],
  options?: HaprovOptions,
): Promise<PlanJson> {
  const { stdout, stderr } = await haprov(['plan', inventory, '--json', ...args], options);
  try {
    const plan: PlanJson = JSON.parse(stdout);
    return plan;
  } catch {
    throw new Error(`no JSON from plan: ${stdout}${stderr}`);
  }
}

/** A host's changes in a plan, each as `action target`. */
export function changesOf(plan: PlanJson, host: string): string[] {
  return (plan.hosts[host]?.changes ?? []).map(({ action, target }) => `${action} ${target}`);
}

/** What `apply --json` ends with for one host. */
export interface HostSummary {
  readonly status: string;
  readonly changes: number;
  readonly error: { readonly message: string; readonly action?: string; readonly next?: string } | null;
  readonly putBack?: boolean;
}

export interface SummaryLine {
  readonly event: 'summary';
  readonly hosts: Readonly<Record<string, HostSummary>>;
  readonly vips: readonly { readonly vip: string; readonly holders: readonly string[] }[];
}

/** When each line of `apply --json` was printed, in milliseconds from the first one. */
export function timesOf({ stdout }: HaprovResult): number[] {
  const lines = stdout.split('\n').slice(0, -1);
  const times = lines.map((line): { time: string } => JSON.parse(line)).map(({ time }) => Date.parse(time));
  return times.map((time) => time - (times[0] ?? time));
}

/** The events of `apply --json`, in order; without the last one where the run ended in the middle of its line. */
export function eventsOf(result: HaprovResult): ApplyEvent[] {
  const lines = result.stdout.split('\n').slice(0, -1);
  return lines.map((line): ApplyEvent => JSON.parse(line));
}

/** The last line of `apply --json`, which is the summary. */
export function summaryOf(result: HaprovResult): SummaryLine {
  const last: SummaryLine = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '');
  if (last.event !== 'summary') throw new Error(`the last line is no summary: ${result.stdout}${result.stderr}`);
  return last;
}
