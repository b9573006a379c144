import { HaprovError, UsageError } from '../errors.ts';
import { getRuns, type HostRuns, isKnown, type UnknownRuns } from '../operate/runs/get-runs.ts';
import { type RunSummary, summarise } from '../operate/runs/summarise.ts';
import type { Plan } from '../plan/plan.ts';
import { rollbackTasks } from '../plan/rollback/rollback-tasks.ts';
import { clusterAfter } from '../plan/rollback/target-cluster.ts';
import { quote } from '../transport/quote.ts';
import { renderRuns, rollbackJson } from '../ui/plan/rollback-view.ts';
import { jsonDocument } from '../ui/terminal/json.ts';
import { counted } from '../ui/terminal/text.ts';
import { demandAnswer, touchedHosts } from './apply.ts';
import { EXIT, type ExitCode, type Io, styleFor } from './io.ts';
import { type Run, withRun } from './prepare-run.ts';
import { type RollOutOptions, rollOut } from './roll-out.ts';
import { showPlan } from './show-plan.ts';

export interface RollbackOptions extends RollOutOptions {
  /** A run's name, the beginning of one, or `last`. */
  readonly undo?: string;
  readonly dryRun?: boolean;
}

/** `haprov rollback`: what the last runs changed on the hosts; with --undo, takes one of them back. */
export async function rollback(file: string, options: RollbackOptions, io: Io): Promise<ExitCode> {
  if (options.undo !== undefined && options.dryRun !== true) demandAnswer(options, io);
  return withRun(file, options, io, async (run) => {
    const asked = await getRuns(run.hosts, run.inventory.forks, run.transport, io.signal);
    io.signal.throwIfAborted();
    io.err.write(run.acceptedKeys.splice(0).join(''));
    const known = asked.filter(isKnown);
    const unknown = asked.filter((one): one is UnknownRuns => !isKnown(one));
    const runs = summarise(known);
    if (options.undo === undefined) return list(file, run, runs, unknown, options, io);
    const chosen = choose(options.undo, runs, unknown, file);
    const narrowed = await narrow(run, chosen, known);
    for (const one of known) one.close();
    if (options.dryRun === true) return (await showPlan(narrowed.run, options, io, false, 'rollback')).code;
    const question = (plan: Plan): string => `Roll back ${chosen.run} on ${counted(touchedHosts(plan), 'host')}?`;
    const again = `haprov rollback ${quote(file)} --undo ${chosen.run}`;
    const code = await rollOut({ file, verb: 'rollback', question, again, ...narrowed }, options, io);
    if (code === EXIT.done && options.json !== true) {
      io.err.write('What the inventory says otherwise, the next haprov apply changes again.\n');
    }
    return code;
  });
}

function list(
  file: string,
  run: Run,
  runs: readonly RunSummary[],
  unknown: readonly UnknownRuns[],
  options: RollbackOptions,
  io: Io,
): ExitCode {
  if (options.json === true) io.out.write(jsonDocument(rollbackJson(runs, unknown), run.redact));
  else io.out.write(renderRuns(runs, unknown, file, styleFor(io.out, io, options, run.redact)));
  if (unknown.some(({ status }) => status === 'failed')) return EXIT.failed;
  return unknown.length > 0 ? EXIT.unreachable : EXIT.done;
}

/** Throws UsageError where no host has the run, or several are meant; HaprovError where a host that was not asked may. */
function choose(
  wanted: string,
  runs: readonly RunSummary[],
  unknown: readonly UnknownRuns[],
  file: string,
): RunSummary {
  const next = `See them: haprov rollback ${file}`;
  const none = (what: string): HaprovError => {
    const [first] = unknown;
    if (first === undefined) return new UsageError(`no host has ${what}`, { next });
    const { message, next: mend = next } = first.error;
    return new HaprovError(`no host that could be asked has ${what}; ${first.host.id}: ${message}`, { next: mend });
  };
  if (wanted === 'last') {
    const last = runs.find(({ hosts }) => hosts.some(({ state }) => state === 'done' || state === 'open'));
    if (last === undefined) throw none('a run to take back');
    return last;
  }
  const exact = runs.filter(({ run }) => run === wanted);
  const found = exact.length > 0 ? exact : runs.filter(({ run }) => run.startsWith(wanted));
  const [only] = found;
  if (only === undefined) throw none(`a run ${wanted}`);
  if (found.length > 1) throw new UsageError(`${found.length} runs begin with ${wanted}`, { next });
  return only;
}

/** The clusters that the run had a part in, as they will be without it: what their gates have to look for. */
async function narrow(run: Run, chosen: RunSummary, known: readonly HostRuns[]) {
  const concerned = known.filter(({ host }) => chosen.clusters.includes(host.cluster));
  const texts = new Map(
    await Promise.all(concerned.map(async ({ host, confBefore }) => [host.id, await confBefore(chosen.run)] as const)),
  );
  const part = chosen.hosts.filter(({ state }) => state === 'done' || state === 'open').map(({ host }) => host);
  const ending = part.filter((host) => texts.get(host) === null);
  if (ending.length > 0 && ending.length < part.length) {
    throw new UsageError(
      `without ${chosen.run}, ${ending.join(', ')} would serve no VIP any more, and other hosts would`,
      {
        next: `Take it back on these by themselves: --limit ${ending.join(',')}`,
      },
    );
  }
  const clusters = run.inventory.clusters
    .filter(({ name }) => chosen.clusters.includes(name))
    .map((cluster) => (ending.length > 0 ? cluster : clusterAfter(cluster, texts)));
  const members = run.hosts.flatMap((tasks) => {
    const cluster = clusters.find(({ name }) => name === tasks.cluster.name);
    return cluster === undefined ? [] : [{ ...tasks, cluster }];
  });
  const hosts = rollbackTasks(members, chosen.run, run.redact);
  return { run: { ...run, inventory: { ...run.inventory, clusters }, hosts }, hosts, serves: ending.length === 0 };
}
