import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import type { ScenarioName } from '../operate/drill/model.ts';
import type { RunOptions } from './prepare-run.ts';

export interface DrillOptions extends RunOptions {
  readonly cluster?: string;
  /** Names, or all; separated by commas. */
  readonly scenario?: string;
  readonly from?: string;
  /** A path or a URL. */
  readonly url?: string;
  /** 5s, 800ms, 1m. */
  readonly maxOutage?: string;
  readonly parallel?: number;
  readonly report?: string;
  readonly junit?: string;
  /** Go on in spite of errors about what the inventory means. */
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** What `all` means: a reboot is asked for by its name. */
const ALL: readonly ScenarioName[] = ['service', 'keepalived', 'crash', 'isolate', 'flap'];

/** The scenarios in the order in which they are played, each once. Throws UsageError. */
export function scenariosOf(text = 'all'): readonly ScenarioName[] {
  const words = text.split(',').map((word) => word.trim());
  const known: readonly ScenarioName[] = [...ALL, 'reboot'];
  for (const word of words) {
    if (word !== 'all' && !known.some((name) => name === word)) {
      throw new UsageError(`Unknown scenario '${word}'`, { next: `Scenarios: ${known.join(', ')}, all` });
    }
  }
  return known.filter((name) => words.includes(name) || (words.includes('all') && ALL.includes(name)));
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** Milliseconds. Throws UsageError. */
export function budgetOf(text = '5s'): number {
  const [, digits = '', unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(digits) * (UNITS[unit] ?? 0);
  if (digits === '' || ms <= 0) throw new UsageError(`--max-outage ${text}: write a time such as 5s, 800ms or 1m`);
  return ms;
}

/** Throws UsageError where that is neither a path nor a URL that a client can ask. */
export function checkUrl(url: string | undefined, clusters: number): void {
  if (url === undefined || url.startsWith('/')) return;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:', 'tcp:'].includes(parsed.protocol) || parsed.hostname === '') {
    throw new UsageError(`--url ${url}: write a path (/health), or a URL (http://, https://, tcp://HOST:PORT)`);
  }
  if (parsed.protocol === 'tcp:' && parsed.port === '') throw new UsageError(`--url ${url}: write the port too`);
  if (clusters > 1) {
    throw new UsageError(`--url ${url} is one address, and ${clusters} clusters are to be drilled`, {
      next: 'Write a path, which each VIP is asked for, or name one cluster with --cluster.',
    });
  }
}

/** The default; a drill in a test heals sooner. */
const HEAL_SECONDS = 30;

/** How long a host waits without a word before it puts itself right. */
export function healSecondsOf(env: Readonly<Record<string, string | undefined>>): number {
  const text = env['HAPROV_DRILL_HEAL_SECONDS'] ?? '';
  return /^\d{1,3}$/.test(text) && Number(text) >= 3 ? Number(text) : HEAL_SECONDS;
}

/** Throws UsageError where a file could not be written later: a drill without its report would be for nothing. */
export async function checkWritable(option: string, file: string | undefined): Promise<void> {
  if (file === undefined) return;
  const why = await whyNot(resolve(file));
  if (why !== undefined) throw new UsageError(`${option} ${file}: ${why}`);
}

async function whyNot(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return 'this is a directory';
  const place = found === undefined ? dirname(path) : path;
  return access(place, constants.W_OK).then(
    () => undefined,
    () => (found === undefined ? `nothing can be written to ${place}` : 'it cannot be written'),
  );
}
