// npm test: brings what is missing, then runs all tests; where no lab can run, the rest, and says what it left out.
// Arguments go to vitest (a file name, -t NAME). HAPROV_LAB=required fails without a lab, HAPROV_LAB=off leaves it out.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bin, ensureBuilt, ensureInstalled, fail, ROOT, run } from './install.mjs';

const FAILURE_LINES = 25;
const wish = process.env.HAPROV_LAB ?? 'auto';
if (!['auto', 'required', 'off'].includes(wish)) fail(`HAPROV_LAB is auto, required or off, not '${wish}'`);
const args = process.argv.slice(2);
ensureInstalled();
ensureBuilt();
mkdirSync(join(ROOT, '.lab'), { recursive: true });

const reason = wish === 'off' ? 'HAPROV_LAB=off' : labReason();
if (reason !== undefined) {
  process.stdout.write(`LAB left out: ${reason}\n`);
  if (wish === 'required') fail('The lab is required here (HAPROV_LAB=required).');
}

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const unit = runProject('unit');
const lab = reason === undefined ? runProject('lab') : leaveOut();
tellFailures();
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exit(unit || lab || (failures.length > 0 ? 1 : 0));

/** Why no lab can run here; undefined when one can. Also makes its images, so that no test waits for them. */
function labReason() {
  const { status, stderr } = spawnSync(bin('tsx'), ['docker/lab.ts', 'images'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
  if (status === 0) return undefined;
  process.stderr.write(stderr);
  return stderr.trim().split('\n')[0] || `the lab's images could not be made (status ${status})`;
}

function runProject(project, env = {}) {
  const report = join(ROOT, '.lab', `test-${project}.json`);
  rmSync(report, { force: true });
  const code = run(
    bin('vitest'),
    [
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      '--passWithNoTests',
      ...args,
    ],
    env,
  );
  try {
    const { numPassedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const failed = testResults.flatMap(failuresOf);
    // An error outside of any test fails the run too.
    if (code !== 0 && failed.length === 0) failed.push(`${project} tests: vitest ended with ${code}, see above`);
    failures.push(...failed);
    totals.passed += numPassedTests;
    totals.failed += failed.length;
    totals.skipped += numPendingTests + numTodoTests;
  } catch {
    failures.push(`${project} tests: vitest ended with ${code} and left no report`);
    totals.failed += 1;
  }
  return code;
}

/** What failed in one file: its tests, or the file itself where it could not be loaded. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = relative(ROOT, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${file}\n${message}`] : [];
  return failed.map((test) => `${file} > ${test.fullName}\n${test.failureMessages.join('\n')}`);
}

/** Says again what failed: a log of two thousand lines is read from its end, and often only its end is kept. */
function tellFailures() {
  for (const failure of failures) {
    const lines = failure.split('\n');
    const shown = lines.slice(0, FAILURE_LINES).map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line));
    process.stdout.write(`\nFAILED ${shown.join('\n  ')}\n`);
  }
}

/** Lets vitest count the tests of the lab without running one. */
function leaveOut() {
  const before = totals.skipped;
  const code = runProject('lab', { HAPROV_LAB: 'off' });
  process.stdout.write(`\nLAB left out: ${totals.skipped - before} tests (${reason})\n`);
  return code;
}
