import { writeFile } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import type { Host, Inventory } from '../inventory/model.ts';
import { limitInventory } from '../inventory/select.ts';
import { drill as drillClusters } from '../operate/drill/drill.ts';
import { type Connections, connections } from '../operate/drill/members.ts';
import type { DrillReport } from '../operate/drill/model.ts';
import { type Surveyed, survey } from '../operate/drill/survey.ts';
import { renderForecast } from '../ui/drill/drill-forecast-view.ts';
import { createDrillView, type DrillView } from '../ui/drill/drill-live-view.ts';
import { drillJson } from '../ui/drill/json.ts';
import { renderJunit } from '../ui/drill/junit.ts';
import { renderReport } from '../ui/drill/report.ts';
import { renderDrillResult } from '../ui/drill/result-view.ts';
import { jsonDocument } from '../ui/terminal/json.ts';
import { confirm } from '../ui/terminal/prompt.ts';
import type { Style } from '../ui/terminal/style.ts';
import { counted } from '../ui/terminal/text.ts';
import { budgetOf, checkUrl, checkWritable, type DrillOptions, healSecondsOf, scenariosOf } from './drill-options.ts';
import { EXIT, type ExitCode, type Io, outputFor, styleFor } from './io.ts';
import { type Run, withRun } from './prepare-run.ts';
import { VERSION } from './version.ts';

/** `haprov drill`: breaks clusters on purpose, measures, and puts right. */
export async function drill(file: string, options: DrillOptions, io: Io): Promise<ExitCode> {
  const names = scenariosOf(options.scenario);
  const budgetMs = budgetOf(options.maxOutage);
  await checkWritable('--report', options.report);
  await checkWritable('--junit', options.junit);
  if (options.json === true && options.yes !== true) {
    throw new UsageError('--json cannot ask before it breaks something', { next: 'Add --yes.' });
  }
  // The client's host, not a jump host to connect from as with other commands.
  const { from: client, ...reach } = options;
  const limit = [options.cluster, options.limit].flatMap((text) => text ?? []).join(',');
  const wanted = [limit, client].flatMap((text) => (text === undefined || text === '' ? [] : [text]));
  const asked = { ...reach, despiteErrors: options.force === true };
  return withRun(file, limit === '' ? asked : { ...asked, limit: wanted.join(',') }, io, async (run) => {
    const inventory = limit === '' ? run.inventory : limitInventory(run.inventory, limit.split(','));
    checkUrl(options.url, inventory.clusters.length);
    const from = clientHost(run.inventory, inventory, client);
    const reached = connections(run.transport);
    const surveyed = await Promise.all(
      inventory.clusters.map((cluster) => survey(cluster, names, reached, options.url, io.signal)),
    );
    io.err.write(run.acceptedKeys.splice(0).join(''));
    const terms = { budgetMs, parallel: options.parallel ?? 1, client: from?.id ?? 'here' };
    if (!(await isAgreed(surveyed, terms, options, run, io))) return EXIT.failed;
    const report = await play({ file, surveyed, terms, from, reached, options, run, io });
    await writeReports(report, options, run);
    io.out.write(
      options.json === true
        ? jsonDocument(drillJson(report), run.redact)
        : renderDrillResult(report, styleFor(io.out, io, options, run.redact)),
    );
    return exitCodeOf(report, surveyed, options.scenario !== undefined && !options.scenario.includes('all'), io);
  });
}

type Terms = Parameters<typeof renderForecast>[1];

async function isAgreed(
  surveyed: readonly Surveyed[],
  terms: Terms,
  options: DrillOptions,
  { redact }: Run,
  io: Io,
): Promise<boolean> {
  if (options.json === true) return true;
  io.out.write(renderForecast(surveyed, terms, styleFor(io.out, io, options, redact)));
  if (options.yes === true || surveyed.every(({ scenarios }) => scenarios.length === 0)) return true;
  const scenarios = surveyed.reduce((sum, one) => sum + one.scenarios.length, 0);
  const clusters = surveyed.filter((one) => one.scenarios.length > 0).map(({ cluster }) => cluster.name);
  const names = clusters.length > 3 ? counted(clusters.length, 'cluster') : clusters.join(', ');
  const question = `Cause ${counted(scenarios, 'failure')} on ${names} now? Clients will notice each of them.`;
  if (await confirm(question, { input: io.input, output: io.out })) return true;
  io.err.write('Nothing was broken.\n');
  return false;
}

interface Play {
  readonly file: string;
  readonly surveyed: readonly Surveyed[];
  readonly terms: Terms;
  readonly from: Host | undefined;
  readonly reached: Connections;
  readonly options: DrillOptions;
  readonly run: Run;
  readonly io: Io;
}

async function play({ file, surveyed, terms, from, reached, options, run, io }: Play): Promise<DrillReport> {
  const style = styleFor(io.out, io, options, run.redact);
  const live = outputFor(io, options).kind === 'terminal';
  const view = options.json === true ? undefined : await viewOf(io.out, style, live ? surveyed : undefined);
  try {
    return await drillClusters({
      surveyed,
      connections: reached,
      vantage: from === undefined ? undefined : { host: from.id, open: () => reached.open(from) },
      url: options.url,
      budgetMs: terms.budgetMs,
      parallel: terms.parallel,
      healSeconds: healSecondsOf(io.env),
      why: `drill ${file}`,
      signal: io.signal,
      emit: (event) => view?.emit(event),
      haprov: VERSION,
      inventory: file,
    });
  } finally {
    view?.close();
  }
}

/** `live`: what is drawn as a list of tasks; undefined: there is no terminal. */
async function viewOf(out: Io['out'], style: Style, live: readonly Surveyed[] | undefined): Promise<DrillView> {
  if (live === undefined) return createDrillView(out, style);
  const { createDrillTasksView } = await import('../ui/drill/drill-tasks-view.ts');
  return await createDrillTasksView(out, style, live);
}

/** The host that asks. One of a drilled cluster would ask itself. Throws UsageError. */
function clientHost(whole: Inventory, drilled: Inventory, name: string | undefined): Host | undefined {
  if (name === undefined) return undefined;
  const named = ({ id, name: own, cluster }: Host): boolean => [id, own, `${cluster}/${own}`].includes(name);
  const hosts = whole.clusters.flatMap((cluster) => cluster.hosts);
  const found = hosts.find(named);
  if (found === undefined) throw new UsageError(`--from ${name} names no host of the inventory`);
  if (drilled.clusters.some((cluster) => cluster.hosts.some(({ id }) => id === found.id))) {
    throw new UsageError(`--from ${name}: it is a member of a cluster that is drilled, and would ask itself`, {
      next: 'Name a host of another cluster, and the clusters to be drilled with --cluster.',
    });
  }
  return found;
}

async function writeReports(report: DrillReport, options: DrillOptions, { redact }: Run): Promise<void> {
  if (options.report !== undefined) await writeFile(options.report, renderReport(report, redact));
  if (options.junit !== undefined) await writeFile(options.junit, renderJunit(report, redact));
}

/** `byName`: scenarios that do not fit a cluster were asked for, and not just part of all. */
function exitCodeOf(report: DrillReport, surveyed: readonly Surveyed[], byName: boolean, io: Io): ExitCode {
  if (io.signal.aborted) return EXIT.interrupted;
  const unreached = new Set(surveyed.flatMap((one) => (one.unreached.length > 0 ? [one.cluster.name] : [])));
  const unfit = new Set(surveyed.flatMap(({ skipped }) => skipped.filter(({ scenario }) => scenario !== undefined)));
  const undone = report.skipped.filter((one) => !unreached.has(one.cluster) && (byName || !unfit.has(one)));
  const idle = surveyed.some(({ cluster, scenarios }) => scenarios.length === 0 && !unreached.has(cluster.name));
  const failed = report.scenarios.some(({ passed }) => !passed) || report.leftovers.length > 0;
  if (failed || undone.length > 0 || idle) return EXIT.failed;
  return unreached.size > 0 ? EXIT.unreachable : EXIT.done;
}
