import { applyPlan, type Summary } from '../apply/apply.ts';
import { UsageError } from '../errors.ts';
import { gatherPlan } from '../plan/gather.ts';
import { countChanges, type Plan } from '../plan/plan.ts';
import type { SavedPlan } from '../plan/saved.ts';
import { createApplyView } from '../ui/apply-view.ts';
import { renderPlan } from '../ui/plan-view.ts';
import { confirm } from '../ui/prompt.ts';
import { EXIT, type ExitCode, type Io, outputFor, styleFor } from './io.ts';
import { type PlanOptions, plan as planCommand } from './plan.ts';
import { prepareRun, type Run } from './prepare-run.ts';
import { VERSION } from './version.ts';

export interface ApplyOptions extends PlanOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  /** A saved plan: exactly that is applied, or nothing. */
  readonly plan?: string;
}

/** `haprov apply`: plan, show, ask, roll out, verify. */
export async function apply(file: string, options: ApplyOptions, io: Io): Promise<ExitCode> {
  if (options.dryRun === true) return planCommand(file, options, io);
  const asks = options.yes !== true;
  if (asks && (options.json === true || io.input.isTTY !== true || io.out.isTTY !== true)) {
    throw new UsageError('there is no terminal to ask on before the changes are made', {
      next: 'Add --yes, or look first with --dry-run.',
    });
  }
  const saved =
    options.plan === undefined ? undefined : await (await import('../plan/saved.ts')).readSavedPlan(options.plan);
  const run = await prepareRun(file, options, io);
  try {
    return await applyRun(file, run, saved, options, io);
  } finally {
    run.transport.close();
  }
}

async function applyRun(
  file: string,
  run: Run,
  saved: SavedPlan | undefined,
  options: ApplyOptions,
  io: Io,
): Promise<ExitCode> {
  const started = Date.now();
  const { kind, colour, unicode } = outputFor(io, options);
  const view = await createApplyView(kind, {
    out: io.out,
    inventoryPath: file,
    verbose: options.verbose === true,
    colour,
    unicode,
    redact: run.redact,
  });
  try {
    view.emit({ event: 'version', format: 1, haprov: VERSION });
    view.emit({
      event: 'hosts',
      hosts: run.hosts.map(({ host, cluster }) => ({ host: host.id, cluster: cluster.name })),
    });
    const { plan, sessions } = await gatherPlan({
      ...run,
      signal: io.signal,
      onConnect: (host) => view.emit({ event: 'connect', host }),
      onPlanned: (host) =>
        view.emit({ event: 'planned', host: host.host, changes: host.status === 'planned' ? host.changes.length : 0 }),
    });
    if (run.acceptedKeys.length > 0) {
      view.suspend();
      io.err.write(run.acceptedKeys.join(''));
    }
    if (options.plan !== undefined && saved !== undefined) {
      const { checkSavedPlan } = await import('../plan/saved.ts');
      await checkSavedPlan(options.plan, saved, plan);
    }
    if (kind !== 'json' && needsEye(plan)) {
      view.suspend();
      io.out.write(
        renderPlan(plan, styleFor(io.out, io, options, run.redact), { verbose: options.verbose === true, next: false }),
      );
      if (
        options.yes !== true &&
        countChanges(plan) > 0 &&
        !(await confirm('Make these changes?', { input: io.input, output: io.out }))
      ) {
        io.err.write('Nothing was changed.\n');
        return EXIT.failed;
      }
    }
    const summary = await applyPlan({ ...run, plan, sessions, emit: view.emit, signal: io.signal, started });
    return exitCodeOf(summary, io.signal.aborted);
  } finally {
    view.close();
  }
}

function needsEye(plan: Plan): boolean {
  return countChanges(plan) > 0 || plan.hosts.some((host) => host.status !== 'planned' || host.notes.length > 0);
}

function exitCodeOf(summary: Summary, interrupted: boolean): ExitCode {
  if (interrupted) return EXIT.interrupted;
  const outcomes = Object.values(summary.hosts);
  if (outcomes.some(({ status }) => status === 'failed')) return EXIT.failed;
  return outcomes.some(({ status }) => status === 'unreachable') ? EXIT.unreachable : EXIT.done;
}
