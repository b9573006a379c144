import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { LAB_ROOT } from '../../docker/paths.ts';

/** A figure that a test came to: "20 switchovers", "0.45 to 0.75 s, median 0.57 s". */
export interface Measured {
  readonly what: string;
  readonly figure: string;
  /** ISO 8601. */
  readonly date: string;
  /** Of the last minute. */
  readonly load: number;
}

/** Where every figure leaves a line; ignored by git. */
const RECORDS = join(LAB_ROOT, 'measured.jsonl');

/** Keeps a figure. scripts/full-tests.ts makes docs/full-tests.md of the last of each. */
export async function recordMeasured(what: string, figure: string): Promise<void> {
  const load = Math.round((loadavg()[0] ?? 0) * 10) / 10;
  const record: Measured = { what, figure, date: new Date().toISOString(), load };
  await mkdir(dirname(RECORDS), { recursive: true });
  await appendFile(RECORDS, `${JSON.stringify(record)}\n`);
}

/** The last record of each figure, in the order in which they were first measured. */
export async function lastMeasured(file = RECORDS): Promise<Measured[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const all = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Measured => JSON.parse(line));
  return [...new Map(all.map((one) => [one.what, one])).values()];
}

/** docs/full-tests.md. Pure. */
export function renderMeasured(records: readonly Measured[], seconds: ReadonlyMap<string, number>): string {
  const rows = records.map(
    ({ what, figure, date, load }) => `| ${what} | ${figure} | ${date.slice(0, 10)} | ${load} |`,
  );
  const files = [...seconds]
    .toSorted(([, a], [, b]) => b - a)
    .map(([file, took]) => `| ${file} | ${took.toFixed(0)} |`);
  return `# The full tests

What \`npm run test:full\` came to last, which wrote this page; edit the tests, not this. What a client noticed of
applies stands in [outages.md](outages.md).

| what | measured | on | load |
| --- | --- | --- | --- |
${rows.join('\n')}

| file of the lab's tests | seconds |
| --- | --- |
${files.join('\n')}
`;
}
