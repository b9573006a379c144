import { type Gathered, gatherPlan } from '../plan/gather.ts';
import { countChanges, type Plan } from '../plan/plan.ts';
import type { HostTasks } from '../plan/plan-host.ts';
import type { SavedPlan } from '../plan/saved.ts';
import { applyPlan } from '../rollout/apply.ts';
import { createSafeguards } from '../rollout/host-safeguards.ts';
import { newIdentity, type RunIdentity } from '../rollout/lease/identity.ts';
import type { Leased } from '../rollout/phases/lease.ts';
import { LEASE_PHASE } from '../rollout/workflow.ts';
import type { Session } from '../transport/session.ts';
import { createApplyView } from '../ui/apply/apply-view.ts';
import type { ApplyView } from '../ui/apply/view.ts';
import { renderAgain, renderPlan } from '../ui/plan/plan-view.ts';
import type { Verb } from '../ui/plan/verb.ts';
import { confirm } from '../ui/terminal/prompt.ts';
import { EXIT, type ExitCode, type Io, outputFor, styleFor } from './io.ts';
import { type Outcomes, saveLastRun } from './last-run.ts';
import { exitCodeOf, summaryWithout, untouched } from './outcome.ts';
import type { Run } from './prepare-run.ts';
import { type PlanOptions, viewOf } from './show-plan.ts';
import { BARE, shownMinutesAgo } from './shown-plan.ts';
import { type SteeringOptions, steeringOf } from './steering.ts';
import { VERSION } from './version.ts';

export interface RollOutOptions extends PlanOptions, SteeringOptions {
  readonly yes?: boolean;
  /** Seconds to wait for other runs; default 600. */
  readonly lockTimeout?: number;
  readonly forceUnlock?: boolean;
}

/** A plan to be made, shown and rolled out. */
export interface RollOut {
  readonly file: string;
  readonly run: Run;
  readonly hosts: readonly HostTasks[];
  readonly verb: Verb;
  /** The command that does the same once more, as it is typed; default: the verb and the inventory. */
  readonly again?: string;
  /** Names what is changed, and what that means. */
  readonly question: (plan: Plan) => string;
  /** What other runs are told that this one does; default: the verb and the inventory. */
  readonly why?: string;
  /** A saved plan that it has to be, to the letter. */
  readonly saved?: { readonly path: string; readonly plan: SavedPlan } | undefined;
  /** Whether the clusters shall hold their VIPs afterwards; default true. */
  readonly serves?: boolean;
  /** Done on each host that ended well, before its lease is given back. */
  readonly afterHost?: (host: string, session: Session) => Promise<void>;
}

const LOCK_TIMEOUT_S = 600;

/** One roll-out on its way: what was asked for, and what it is done with. */
interface Course {
  readonly request: RollOut;
  readonly options: RollOutOptions;
  readonly io: Io;
  readonly view: ApplyView;
  readonly identity: RunIdentity;
  readonly json: boolean;
  readonly started: number;
  /** The plan that was agreed to, as it was shown. */
  agreed?: string;
}

/** Plans, shows, asks, locks, rolls out and verifies. A host that another run changed meanwhile is planned anew. */
export async function rollOut(request: RollOut, options: RollOutOptions, io: Io): Promise<ExitCode> {
  const { file, run, verb } = request;
  const { kind, colour, unicode } = outputFor(io, options);
  const view = await createApplyView(kind, {
    out: io.out,
    inventoryPath: file,
    verb,
    ...(request.again === undefined ? {} : { again: request.again }),
    verbose: options.verbose === true,
    quiet: options.quiet === true,
    colour,
    unicode,
    redact: run.redact,
  });
  const identity = await newIdentity(request.why ?? `${verb} ${file}`);
  const course: Course = { request, options, io, view, identity, json: kind === 'json', started: Date.now() };
  let made: Plan | undefined;
  try {
    // Told before anything is asked of a host.
    steeringOf(options, run.inventory.clusters.length, io, view.suspend);
    view.emit({ event: 'version', format: 1, haprov: VERSION });
    view.emit({
      event: 'hosts',
      hosts: run.hosts.map(({ host, cluster }) => ({ host: host.id, cluster: cluster.name })),
    });
    const leased = await LEASE_PHASE.run({
      inventory: run.inventory,
      plan: async (sessions) => {
        const gathered = await gather(course, sessions);
        made = gathered.plan;
        return gathered;
      },
      agree: (plan) => isAgreed(plan, course),
      identity,
      waitMs: (options.lockTimeout ?? LOCK_TIMEOUT_S) * 1000,
      force: options.forceUnlock === true,
      onWaiting: (host, reason) => view.emit({ event: 'waiting', host, reason }),
      signal: io.signal,
    });
    if (leased === undefined) return EXIT.failed;
    try {
      io.underway?.({ cutShort: () => view.close() });
      return await execute(leased, course);
    } finally {
      io.underway?.(undefined);
      await leased.lock.release();
    }
  } catch (error) {
    if (made !== undefined) view.emit(summaryWithout(made, error, Date.now() - course.started));
    throw error;
  } finally {
    view.close();
  }
}

async function gather({ request, io, view }: Course, sessions?: ReadonlyMap<string, Session>): Promise<Gathered> {
  const { run, hosts, saved } = request;
  const gathered = await gatherPlan({
    ...run,
    hosts,
    signal: io.signal,
    ...(sessions === undefined ? {} : { sessions }),
    onConnect: (host) => view.emit({ event: 'connect', host }),
    onPlanned: (host) =>
      view.emit({ event: 'planned', host: host.host, changes: host.status === 'planned' ? host.changes.length : 0 }),
  });
  const accepted = run.acceptedKeys.splice(0);
  if (accepted.length > 0) {
    view.suspend();
    io.err.write(accepted.join(''));
  }
  if (saved !== undefined) {
    const { checkSavedPlan } = await import('../plan/saved.ts');
    await checkSavedPlan(saved.path, saved.plan, gathered.plan);
  }
  return gathered;
}

/** Shows the plan and asks; false where the answer is no. What was agreed to already is not shown again. */
async function isAgreed(plan: Plan, course: Course): Promise<boolean> {
  const { request, options, io, view, json } = course;
  if (json || !needsEye(plan)) return true;
  view.suspend();
  const { redact, inventory } = request.run;
  const style = styleFor(io.out, io, options, redact);
  const look = viewOf(options, { next: false, verb: request.verb, inventory });
  const text = renderPlan(plan, BARE, look);
  if (text === course.agreed) return true;
  const minutes = await shownMinutesAgo(io.env, plan.inventory, text);
  if (minutes === undefined) io.out.write(renderPlan(plan, style, look));
  else io.out.write(renderAgain(plan, style, inventory, minutes));
  if (options.yes !== true && countChanges(plan) > 0) {
    if (!(await confirm(request.question(plan), { input: io.input, output: io.out }))) {
      io.err.write('Nothing was changed.\n');
      return false;
    }
  }
  course.agreed = text;
  return true;
}

function needsEye(plan: Plan): boolean {
  return countChanges(plan) > 0 || plan.hosts.some((host) => host.status !== 'planned' || host.notes.length > 0);
}

async function execute({ plan, asking, lock }: Leased, course: Course): Promise<ExitCode> {
  const { request, options, io, view, identity, started } = course;
  const { run, hosts, serves = true, afterHost } = request;
  const { inventory } = run;
  const { sessions } = lock;
  const { emit } = view;
  const { signal } = io;
  await keepOutcomes(untouched(plan), course);
  const freshTransport = run.newTransport;
  const safeguards = createSafeguards({ inventory, hosts, asking, sessions, identity, freshTransport, emit });
  const steering = steeringOf(options, inventory.clusters.length, io, view.suspend);
  const finish = async (host: string): Promise<void> => {
    const session = sessions.get(host);
    if (session !== undefined) await afterHost?.(host, session);
  };
  const parts = { inventory, plan, asking, sessions, safeguards, hosts, emit, signal };
  const summary = await applyPlan({ ...parts, steering, serves, started, finish });
  await keepOutcomes(summary.hosts, course);
  return exitCodeOf(summary, signal.aborted);
}

/** For --rerun failed. A machine without a place for it says so and goes on: the hosts matter more. */
async function keepOutcomes(hosts: Outcomes, { request, io, identity, view }: Course): Promise<void> {
  try {
    await saveLastRun(io.env, request.file, { run: identity.run, verb: request.verb }, hosts);
  } catch (error) {
    view.suspend();
    io.err.write(`the record for --rerun was not written: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
