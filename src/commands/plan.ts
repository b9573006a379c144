import type { ExitCode, Io } from './io.ts';
import { withRun } from './prepare-run.ts';
import { type PlanOptions, showPlan } from './show-plan.ts';

/** `haprov plan`: what apply would do. Touches nothing. */
export async function plan(file: string, options: PlanOptions, io: Io): Promise<ExitCode> {
  return withRun(file, options, io, async (run) => {
    const { plan: made, code } = await showPlan(run, options, io, true);
    if (options.out !== undefined && !io.signal.aborted) {
      const { savePlan } = await import('../plan/saved.ts');
      await savePlan(options.out, made, run.inventory, run.hosts);
    }
    return code;
  });
}
