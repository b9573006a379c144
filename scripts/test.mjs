// npm test: brings what is missing, then runs all tests; where no lab can run, the rest, and says what it left out.
// Arguments go to vitest (a file name, -t NAME). HAPROV_LAB=required fails without a lab, HAPROV_LAB=off leaves it out.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bin, ensureBuilt, ensureInstalled, fail, ROOT, run } from './install.mjs';

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
const unit = runProject('unit');
const lab = reason === undefined ? runProject('lab') : leaveOut();
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exit(unit || lab);

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
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
    totals.passed += numPassedTests;
    // A file that cannot even be loaded has no failed test, and is a failure all the same.
    totals.failed += Math.max(numFailedTests, code === 0 ? 0 : 1);
    totals.skipped += numPendingTests + numTodoTests;
  } catch {
    // No report: vitest itself failed, and its status says so.
    totals.failed += code === 0 ? 0 : 1;
  }
  return code;
}

/** Lets vitest count the tests of the lab without running one. */
function leaveOut() {
  const before = totals.skipped;
  const code = runProject('lab', { HAPROV_LAB: 'off' });
  process.stdout.write(`\nLAB left out: ${totals.skipped - before} tests (${reason})\n`);
  return code;
}
