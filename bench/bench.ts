import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchTopology } from '../docker/bench.ts';
import { labDown } from '../docker/down.ts';
import { LAB_ROOT } from '../docker/paths.ts';
import { run } from '../docker/process.ts';
import { labUp } from '../docker/up.ts';
import { HaprovError, UsageError } from '../src/errors.ts';
import { benchBastion } from './bastion.ts';
import { contenders, HAPROV } from './contenders.ts';
import { converge, convergePeer } from './converge.ts';
import { createFleet } from './fleet.ts';
import { GOAL_HOSTS, judge } from './goals.ts';
import { describeMachine } from './machine.ts';
import { type Options, parseOptions } from './options.ts';
import { installPeers, NOT_PACKAGED } from './peers/install.ts';
import { runRounds } from './rounds.ts';
import { renderGoals, renderTable } from './table.ts';

const RESULTS = join(LAB_ROOT, 'bench-results.json');
const started = Date.now();
const print = (text: string) => process.stdout.write(`${text}\n`);
const report = (line: string) =>
  process.stderr.write(`[${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s] ${line}\n`);

/** Lab, build, apply, peers, rounds, table: from top to bottom. */
async function bench(options: Options): Promise<void> {
  const { place } = options;
  const most = Math.max(...options.hosts);
  await build();
  await labUp(benchTopology(most, place, 'python'), { report });
  const whole = await createFleet(most, place);

  report(`haprov apply on ${most} hosts`);
  const apply = await converge(whole);
  const found = Object.entries(apply.hosts).map(([status, count]) => `${count} ${status}`);
  print(`haprov apply on ${most} hosts: ${apply.seconds.toFixed(1)} s, ${found.join(', ')}`);

  const all = contenders(options.compare);
  const wanted = all.filter(({ name }) => name === HAPROV || (options.only?.includes(name) ?? true));
  const fast = wanted.filter(({ slow }) => !slow || options.slowRuns > 0);
  const leftOut = [...(await installPeers(new Set(fast.map(({ name }) => name)), report)), ...NOT_PACKAGED];
  const taking = fast.filter(({ name }) => !leftOut.some((one) => one.name === name));
  const peer = taking.findLast(({ slow }) => slow);
  if (peer !== undefined) await convergePeer(peer, whole, report);

  const sizes = [];
  for (const count of options.hosts) {
    const fleet = await createFleet(count, place);
    const { runs, slowRuns } = options;
    const rows = await runRounds({ contenders: taking, fleet, runs, slowRuns, report });
    const goals = count === GOAL_HOSTS ? judge(rows) : [];
    sizes.push({ hosts: count, rows, goals });
    print(`\n${renderTable(count, rows)}`);
    if (goals.length > 0) print(`\n${renderGoals(goals)}`);
  }
  for (const { name, why } of leftOut) print(`\nleft out: ${name}: ${why}`);
  const machine = await describeMachine();
  await mkdir(LAB_ROOT, { recursive: true });
  await writeFile(
    RESULTS,
    `${JSON.stringify({ machine, apply: { fleet: most, ...apply }, sizes, leftOut }, null, 2)}\n`,
  );
  report(`results: ${RESULTS}`);
  if (options.down) await labDown(place.name);
}

async function build(): Promise<void> {
  const { code, stdout, stderr } = await run(['npm', 'run', '--silent', 'build']);
  if (code !== 0) throw new UsageError('haprov does not build', { evidence: stdout + stderr });
}

try {
  const options = parseOptions(process.argv.slice(2));
  await (options.bastion ? benchBastion(options, print, report) : bench(options));
} catch (error) {
  if (!(error instanceof HaprovError)) throw error;
  const { host, next, evidence } = error.facts;
  for (const line of [`${host === undefined ? '' : `${host}: `}${error.message}`, evidence, next]) {
    if (line !== undefined) process.stderr.write(`${line}\n`);
  }
  process.exitCode = error instanceof UsageError ? 3 : 1;
}
