import { gatherPlan } from '../plan/gather.ts';
import { countChanges } from '../plan/plan.ts';
import { jsonDocument } from '../ui/json.ts';
import { planJson } from '../ui/plan-json.ts';
import { renderPlan } from '../ui/plan-view.ts';
import { sshLines } from '../ui/ssh-view.ts';
import { EXIT, type ExitCode, type Io, styleFor } from './io.ts';
import { prepareRun, type RunOptions } from './prepare-run.ts';

export interface PlanOptions extends RunOptions {
  readonly detailedExitcode?: boolean;
  readonly out?: string;
}

/** `haprov plan`: what apply would do. Touches nothing. */
export async function plan(file: string, options: PlanOptions, io: Io): Promise<ExitCode> {
  const run = await prepareRun(file, options, io);
  try {
    const { plan: made } = await gatherPlan({ ...run, signal: io.signal });
    io.err.write(run.acceptedKeys.join(''));
    if (options.json === true) io.out.write(jsonDocument(planJson(made, run.inventory), run.redact));
    else {
      const verbose = options.verbose === true;
      const style = styleFor(io.out, io, options, run.redact);
      const hosts = run.hosts.map(({ host }) => host);
      if (verbose) io.out.write(`${sshLines(hosts, style).join('\n')}\n\n`);
      io.out.write(renderPlan(made, style, { verbose, inventory: run.inventory }));
    }
    if (options.out !== undefined && !io.signal.aborted) {
      const { savePlan } = await import('../plan/saved.ts');
      await savePlan(options.out, made, run.inventory);
    }
    if (io.signal.aborted) return EXIT.interrupted;
    if (made.hosts.some((host) => host.status === 'failed')) return EXIT.failed;
    if (made.hosts.some((host) => host.status === 'unreachable')) return EXIT.unreachable;
    return options.detailedExitcode === true && countChanges(made) > 0 ? EXIT.pending : EXIT.done;
  } finally {
    run.transport.close();
  }
}
