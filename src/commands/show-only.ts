import { gatherPlan } from '../plan/gather.ts';
import { countChanges } from '../plan/plan.ts';
import { jsonDocument } from '../ui/json.ts';
import { planJson } from '../ui/plan-json.ts';
import { renderPlan } from '../ui/plan-view.ts';
import { EXIT, type ExitCode, type Io, styleFor } from './io.ts';
import type { PlanOptions } from './plan.ts';
import type { Run } from './prepare-run.ts';

/** Makes the plan of a run's tasks and shows it. Touches nothing. */
export async function showOnly(run: Run, options: PlanOptions, io: Io): Promise<ExitCode> {
  const { plan } = await gatherPlan({ ...run, signal: io.signal });
  io.err.write(run.acceptedKeys.splice(0).join(''));
  if (options.json === true) io.out.write(jsonDocument(planJson(plan, run.inventory), run.redact));
  else {
    const style = styleFor(io.out, io, options, run.redact);
    io.out.write(renderPlan(plan, style, { verbose: options.verbose === true, next: false, inventory: run.inventory }));
  }
  if (io.signal.aborted) return EXIT.interrupted;
  if (plan.hosts.some((host) => host.status === 'failed')) return EXIT.failed;
  if (plan.hosts.some((host) => host.status === 'unreachable')) return EXIT.unreachable;
  return options.detailedExitcode === true && countChanges(plan) > 0 ? EXIT.pending : EXIT.done;
}
