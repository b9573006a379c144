import { UsageError } from '../errors.ts';
import { countChanges, type Plan } from '../plan/plan.ts';
import { counted } from '../ui/terminal/text.ts';
import type { ExitCode, Io } from './io.ts';
import { failedClusters } from './last-run.ts';
import { plan as planCommand } from './plan.ts';
import { withRun } from './prepare-run.ts';
import { type RollOutOptions, rollOut } from './roll-out.ts';

export interface ApplyOptions extends RollOutOptions {
  readonly dryRun?: boolean;
  /** A saved plan: exactly that is applied, or nothing. */
  readonly plan?: string;
  /** Only `failed` there is. */
  readonly rerun?: 'failed';
}

/** `haprov apply`: plan, show, ask, roll out, verify. */
export async function apply(file: string, options: ApplyOptions, io: Io): Promise<ExitCode> {
  const chosen = options.rerun === undefined ? options : await withFailed(file, options, io);
  if (chosen.dryRun === true) return planCommand(file, chosen, io);
  demandAnswer(chosen, io);
  const path = chosen.plan;
  const plan = path === undefined ? undefined : await (await import('../plan/saved.ts')).readSavedPlan(path);
  const saved = path === undefined || plan === undefined ? undefined : { path, plan };
  return withRun(file, chosen, io, async (run) => {
    const { hosts } = run;
    if (saved !== undefined) (await import('../plan/saved.ts')).checkSavedAsks(saved.path, saved.plan, hosts);
    return await rollOut({ file, run, hosts, verb: 'apply', question: applyQuestion, saved }, chosen, io);
  });
}

/** "Apply 34 changes to 2 hosts?" */
function applyQuestion(plan: Plan): string {
  return `Apply ${counted(countChanges(plan), 'change')} to ${counted(touchedHosts(plan), 'host')}?`;
}

/** How many hosts of a plan have changes. */
export function touchedHosts({ hosts }: Plan): number {
  return hosts.filter((host) => host.status === 'planned' && host.changes.length > 0).length;
}

/** Refuses, before anything is done, where a question is due and nobody can be asked. Throws UsageError. */
export function demandAnswer(options: RollOutOptions, io: Io): void {
  if (options.yes === true) return;
  if (options.json !== true && io.input.isTTY === true && io.out.isTTY === true) return;
  throw new UsageError('there is no terminal to ask on before the changes are made', {
    next: 'Add --yes, or look first with --dry-run.',
  });
}

async function withFailed(file: string, options: ApplyOptions, io: Io): Promise<ApplyOptions> {
  if (options.limit !== undefined) throw new UsageError('--rerun and --limit both choose hosts: give one of them');
  return { ...options, limit: (await failedClusters(io.env, file)).join(',') };
}
