import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GROUPS } from '../test/unit/transport/contract/cases.ts';

// Plays the contract and writes its outcome into docs/transports.md: npx tsx scripts/transports-table.ts
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const DOCUMENT = join(ROOT, 'docs/transports.md');
const [BEGIN, END] = ['<!-- contract -->', '<!-- end of the contract -->'];
const COLUMNS = ['ssh2-in-process', 'openssh-in-process', 'ssh2-sshd', 'openssh-sshd'] as const;

interface Outcome {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
}

function play(column: string, directory: string): Outcome[] {
  const report = join(directory, `${column}.json`);
  const file = `test/unit/transport/contract/${column}.test.ts`;
  spawnSync('npx', ['vitest', 'run', '--project', 'unit', '--reporter=json', `--outputFile=${report}`, file], {
    cwd: ROOT,
    env: { ...process.env, HAPROV_TESTS: 'full' },
    stdio: 'inherit',
  });
  const { testResults }: { testResults: { assertionResults: Outcome[] }[] } = JSON.parse(readFileSync(report, 'utf8'));
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}

const directory = mkdtempSync(join(tmpdir(), 'haprov-contract-'));
const played = COLUMNS.map((column) => play(column, directory));
rmSync(directory, { recursive: true });

const reasons: string[] = [];
function cell(outcomes: readonly Outcome[], group: string, name: string): string {
  const outcome = outcomes.find(
    ({ ancestorTitles, title }) =>
      ancestorTitles.at(-1) === group && (title === name || title.startsWith(`${name} (left out: `)),
  );
  if (outcome === undefined) throw new Error(`not played: ${group} ${name}`);
  if (outcome.status === 'passed') return '✓';
  const why = /\(left out: (.*)\)$/.exec(outcome.title)?.[1];
  if (why === undefined) return '✗';
  if (!reasons.includes(why)) reasons.push(why);
  return `– (${reasons.indexOf(why) + 1})`;
}

const tables = GROUPS.map(({ title, cases }) => {
  const rows = cases.map(
    ({ name }) => `| ${name.replaceAll('|', '\\|')} | ${played.map((one) => cell(one, title, name)).join(' | ')} |`,
  );
  return [
    `### ${title}`,
    '',
    '| | ssh2, own server | openssh, own server | ssh2, sshd | openssh, sshd |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
});
const notes = reasons.map((why, index) => `(${index + 1}) ${why}`).join(' · ');
const count = (status: string): string =>
  played.map((one) => one.filter((outcome) => outcome.status === status).length).join(', ');
const summary = `Passed: ${count('passed')}; failed: ${count('failed')}; left out: ${count('skipped')} (in the order of the columns).`;
const document = readFileSync(DOCUMENT, 'utf8');
const before = document.slice(0, document.indexOf(BEGIN) + BEGIN.length);
const after = document.slice(document.indexOf(END));
writeFileSync(DOCUMENT, `${before}\n\n${summary}\n\nLeft out: ${notes}\n\n${tables.join('\n')}\n${after}`);
