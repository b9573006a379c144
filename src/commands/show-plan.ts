import { gatherPlan } from '../plan/gather.ts';
import { countChanges, type Plan } from '../plan/plan.ts';
import type { DiffChoice } from '../ui/plan/diff-lines.ts';
import { planJson } from '../ui/plan/plan-json.ts';
import { type PlanViewOptions, renderPlan } from '../ui/plan/plan-view.ts';
import type { Verb } from '../ui/plan/verb.ts';
import { sshLines } from '../ui/status/ssh-view.ts';
import { jsonDocument } from '../ui/terminal/json.ts';
import { EXIT, type ExitCode, type Io, styleFor } from './io.ts';
import type { Run, RunOptions } from './prepare-run.ts';
import { BARE, rememberShown } from './shown-plan.ts';

export interface PlanOptions extends RunOptions {
  readonly detailedExitcode?: boolean;
  readonly out?: string;
  /** Which texts of files are shown. */
  readonly diff?: DiffChoice;
}

/** How a plan is shown by these options. */
export function viewOf(
  { verbose = false, quiet = false, diff = quiet ? 'none' : undefined }: PlanOptions,
  rest: Pick<PlanViewOptions, 'next' | 'verb' | 'inventory'>,
): PlanViewOptions {
  return { ...rest, verbose, ...(diff === undefined ? {} : { diff }) };
}

/** A plan that was shown, with the exit code that it calls for. */
export interface ShownPlan {
  readonly plan: Plan;
  readonly code: ExitCode;
}

/** Makes the plan of a run's tasks and shows it; `next`: with the next command. Touches nothing. */
export async function showPlan(
  run: Run,
  options: PlanOptions,
  io: Io,
  next: boolean,
  verb: Verb = 'apply',
): Promise<ShownPlan> {
  const { inventory, redact } = run;
  const { plan } = await gatherPlan({ ...run, signal: io.signal });
  io.err.write(run.acceptedKeys.splice(0).join(''));
  if (options.json === true) io.out.write(jsonDocument(planJson(plan, inventory), redact));
  else {
    const verbose = options.verbose === true;
    const style = styleFor(io.out, io, options, redact);
    if (verbose)
      io.out.write(
        `${sshLines(
          run.hosts.map(({ host }) => run.found.withNeeds(host)),
          style,
        ).join('\n')}\n\n`,
      );
    const view = viewOf(options, { next, verb, inventory });
    io.out.write(renderPlan(plan, style, view));
    await rememberShown(io.env, plan.inventory, renderPlan(plan, BARE, { ...view, next: false }));
  }
  return { plan, code: codeOf(plan, options, io.signal) };
}

function codeOf(plan: Plan, options: PlanOptions, signal: AbortSignal): ExitCode {
  if (signal.aborted) return EXIT.interrupted;
  if (plan.hosts.some((host) => host.status === 'failed')) return EXIT.failed;
  if (plan.hosts.some((host) => host.status === 'unreachable')) return EXIT.unreachable;
  return options.detailedExitcode === true && countChanges(plan) > 0 ? EXIT.pending : EXIT.done;
}
