// npm test: brings what is missing, then runs all tests; where no lab can run, the rest, and says what it left out.
// Arguments go to vitest (a file name, -t NAME). HAPROV_LAB=required fails without a lab, HAPROV_LAB=off leaves it out.
// HAPROV_TESTS=full does much of what takes long, and writes what it measured to docs/: npm run test:full.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { bin, ensureBuilt, ensureInstalled, fail, ROOT, run } from './install.mjs';

const FAILURE_LINES = 25;
const SLOWEST = 12;
const started = Date.now();
const wish = process.env.HAPROV_LAB ?? 'auto';
if (!['auto', 'required', 'off'].includes(wish)) fail(`HAPROV_LAB is auto, required or off, not '${wish}'`);
const args = process.argv.slice(2);
ensureInstalled();
ensureBuilt();
mkdirSync(join(ROOT, '.lab'), { recursive: true });

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const durations = [];

// One after the other: beside the lab's hosts, which have precedence, unit tests starve until their limits end them, and the
// whole takes as long. Those that judge an outage come last. The images are made beside the unit tests.
const unit = runProject('unit');
const reason = wish === 'off' ? 'HAPROV_LAB=off' : await labReason();
if (reason !== undefined) {
  process.stdout.write(`LAB left out: ${reason}\n`);
  if (wish === 'required') {
    failures.push(`The lab is required here (HAPROV_LAB=required): ${reason}`);
    totals.failed += 1;
  }
}
const env = reason === undefined ? {} : { HAPROV_LAB: 'off' };
const codes = [await unit];
for (const project of ['lab', 'lab-alone']) codes.push(await runProject(project, env));
tellDurations();
tellFailures();
if (process.env.HAPROV_TESTS === 'full' && reason === undefined && failures.length === 0) {
  for (const page of ['outages', 'full-tests']) run(bin('tsx'), [`scripts/${page}.ts`]);
}
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exit(codes.find((code) => code !== 0) ?? (failures.length > 0 ? 1 : 0));

/** Why no lab can run here; undefined when one can. Also makes its images, so that no test waits for them. */
async function labReason() {
  const { code, stderr } = await stream(bin('tsx'), ['docker/lab.ts', 'images'], {}, '');
  if (code === 0) return undefined;
  return stderr.trim().split('\n')[0] || `the lab's images could not be made (status ${code})`;
}

async function runProject(project, env = {}) {
  const report = join(ROOT, '.lab', `test-${project}.json`);
  rmSync(report, { force: true });
  const words = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await stream(bin('vitest'), [...words, '--passWithNoTests', ...args], env, `${project} `);
  try {
    const { numPassedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const failed = testResults.flatMap(failuresOf);
    // An error outside of any test fails the run too.
    if (code !== 0 && failed.length === 0) failed.push(`${project} tests: vitest ended with ${code}, see above`);
    failures.push(...failed);
    totals.passed += numPassedTests;
    totals.failed += failed.length;
    totals.skipped += numPendingTests + numTodoTests;
    for (const { name, startTime, endTime } of testResults) {
      durations.push({ project, file: relative(ROOT, name), seconds: (endTime - startTime) / 1000 });
    }
  } catch {
    failures.push(`${project} tests: vitest ended with ${code} and left no report`);
    totals.failed += 1;
  }
  return code;
}

/** Runs a program and shows its lines as they come, each behind a mark; gives its status and what it complained of. */
function stream(command, words, env, mark) {
  return new Promise((resolve) => {
    const child = spawn(command, words, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    createInterface({ input: child.stdout }).on('line', (line) => process.stdout.write(`${mark}${line}\n`));
    createInterface({ input: child.stderr }).on('line', (line) => {
      stderr += `${line}\n`;
      process.stderr.write(`${mark}${line}\n`);
    });
    child.on('error', (error) => fail(`cannot run ${command}: ${error.message}`));
    child.on('close', (code) => resolve({ code: code ?? 1, stderr }));
  });
}

/** What failed in one file: its tests, or the file itself where it could not be loaded. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = relative(ROOT, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${file}\n${message}`] : [];
  return failed.map((test) => `${file} > ${test.fullName}\n${test.failureMessages.join('\n')}`);
}

/** What took its time: every file of the lab, and the slowest of the others. */
function tellDurations() {
  const slow = durations.toSorted((a, b) => b.seconds - a.seconds);
  const unit = slow.filter(({ project }) => project === 'unit').slice(0, SLOWEST);
  process.stdout.write(`\nTIMES ${Math.round((Date.now() - started) / 1000)} s in all\n`);
  for (const { project, file, seconds } of [...slow.filter((one) => one.project !== 'unit'), ...unit]) {
    process.stdout.write(`  ${seconds.toFixed(1).padStart(6)} s  ${project.padEnd(9)}  ${file}\n`);
  }
}

/** Says again what failed: a log of two thousand lines is read from its end, and often only its end is kept. */
function tellFailures() {
  for (const failure of failures) {
    const lines = failure.split('\n');
    const shown = lines.slice(0, FAILURE_LINES).map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line));
    process.stdout.write(`\nFAILED ${shown.join('\n  ')}\n`);
  }
}
