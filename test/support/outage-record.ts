import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { LAB_ROOT } from '../../docker/paths.ts';
import { VERSION } from '../../src/commands/version.ts';
import type { Seen } from './observe.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

/** What one run of one scenario measured. Times in milliseconds. */
export interface OutageRecord {
  readonly scenario: ScenarioName;
  /** ISO 8601. */
  readonly date: string;
  readonly requests: number;
  readonly failed: number;
  readonly failedWhileLate: number;
  /** Answered, but not at once. */
  readonly slow: number;
  readonly longestMs: number;
  readonly totalMs: number;
  /** The longest time with two holders of a VIP, with none of the first VIP, and with both members out of service. */
  readonly twoMs: number;
  readonly noneMs: number;
  readonly allDownMs: number;
  readonly moves: number;
  /** The longest time in which the client did not get to run. */
  readonly blindMs: number;
  /** What else is to tell of this run: "50 kills". */
  readonly note?: string;
  readonly machine: {
    readonly cores: number;
    readonly cpu: string;
    readonly memoryGiB: number;
    readonly kernel: string;
    readonly node: string;
    /** Of the last minute. */
    readonly load: number;
  };
  readonly haprov: string;
  /** As the observed hosts say: 2.2.7. */
  readonly keepalived: string;
}

/** Where every run of a scenario leaves a line; ignored by git. */
const RECORDS = join(LAB_ROOT, 'outages.jsonl');

/** Keeps what was seen of a scenario, of several clusters as one. scripts/outages.ts makes docs/outages.md of the last of each. */
export async function recordOutage(
  scenario: ScenarioName,
  seen: readonly Pick<Seen, 'client' | 'vips' | 'services' | 'keepalived'>[],
  note?: string,
): Promise<void> {
  const sum = (of: (one: (typeof seen)[number]) => number) => seen.reduce((total, one) => total + of(one), 0);
  const most = (of: (one: (typeof seen)[number]) => number) => Math.round(Math.max(0, ...seen.map(of)));
  const record: OutageRecord = {
    scenario,
    date: new Date().toISOString(),
    requests: sum(({ client }) => client.requests),
    failed: sum(({ client }) => client.failed),
    failedWhileLate: sum(({ client }) => client.failedWhileLate),
    slow: sum(({ client }) => client.slow),
    longestMs: most(({ client }) => client.longestMs),
    totalMs: most(({ client }) => client.totalMs),
    twoMs: most(({ vips }) => Math.max(...vips.map((vip) => vip.twoMs))),
    noneMs: most(({ vips }) => vips[0]?.noneMs ?? 0),
    allDownMs: most(({ services }) => services.allDownMs),
    moves: sum(({ vips }) => vips[0]?.moves ?? 0),
    blindMs: most(({ client }) => client.blindMs),
    ...(note === undefined ? {} : { note }),
    machine: {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
      node: process.versions.node,
      load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    },
    haprov: VERSION,
    keepalived: [...new Set(seen.map((one) => one.keepalived))].sort().join(', '),
  };
  await mkdir(dirname(RECORDS), { recursive: true });
  await appendFile(RECORDS, `${JSON.stringify(record)}\n`);
}

/** The last record of each scenario, in the order of SCENARIOS. */
export async function lastRecords(file = RECORDS): Promise<OutageRecord[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  const all = lines.map((line): OutageRecord => JSON.parse(line));
  const names = Object.keys(SCENARIOS);
  return names.flatMap((name) => all.findLast(({ scenario }) => scenario === name) ?? []);
}
