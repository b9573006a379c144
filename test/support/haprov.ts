import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlanJson } from '../../src/ui/plan-json.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface HaprovResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface HaprovOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

let home: string | undefined;

/** An empty home directory, so that nobody's own keys and known_hosts play a part. */
export function emptyHome(): string {
  home ??= mkdtempSync(join(tmpdir(), 'haprov-home-'));
  return home;
}

/** Runs the built haprov as a user's script does: a process of its own, without a terminal and without an agent. */
export function haprov(args: readonly string[], { env = {}, cwd }: HaprovOptions = {}): Promise<HaprovResult> {
  const started = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: cwd ?? emptyHome(),
      env: { PATH: process.env['PATH'], HOME: emptyHome(), LANG: 'C.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, ms: Date.now() - started }));
  });
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
}

export interface SummaryLine {
  readonly event: 'summary';
  readonly hosts: Readonly<Record<string, HostSummary>>;
  readonly vips: readonly { readonly vip: string; readonly holders: readonly string[] }[];
}

/** The last line of `apply --json`, which is the summary. */
export function summaryOf(result: HaprovResult): SummaryLine {
  const last: SummaryLine = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '');
  if (last.event !== 'summary') throw new Error(`the last line is no summary: ${result.stdout}${result.stderr}`);
  return last;
}
