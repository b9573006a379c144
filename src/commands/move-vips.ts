import { HaprovError, reportError } from '../errors.ts';
import type { Cluster } from '../inventory/model.ts';
import { getStatus } from '../operate/status/get-status.ts';
import type { ClusterStatus } from '../operate/status/model.ts';
import type { SwitchoverContext } from '../operate/switchover/act.ts';
import { type MeasuredOutage, measureOutage } from '../operate/switchover/measure.ts';
import type { InstanceMove } from '../operate/switchover/vip-move.ts';
import type { HostTasks } from '../plan/plan-host.ts';
import { type Baseline, getBaseline } from '../rollout/gates/baseline.ts';
import { newIdentity, type RunIdentity } from '../rollout/lease/identity.ts';
import { type Lock, lockHosts } from '../rollout/lease/lock.ts';
import type { Session } from '../transport/session.ts';
import { createMoveTasks, type MoveTasks } from '../ui/status/move-tasks-view.ts';
import { type MoveJson, moveEventLine, moveJson, resultLines } from '../ui/status/move-view.ts';
import { renderError } from '../ui/terminal/error-view.ts';
import { jsonDocument } from '../ui/terminal/json.ts';
import { confirm } from '../ui/terminal/prompt.ts';
import { wrapText } from '../ui/terminal/text.ts';
import { demandAnswer } from './apply.ts';
import { EXIT, type ExitCode, type Io, outputFor, styleFor } from './io.ts';
import { type Run, type RunOptions, withRun } from './prepare-run.ts';

export interface MoveOptions extends RunOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly inventory?: string;
  /** Seconds to wait for other runs; default 600. */
  readonly lockTimeout?: number;
}

/** What moves VIPs of one cluster: how that is planned from its status, and done. */
export interface VipMoveCommand<P> {
  readonly command: MoveJson['command'];
  readonly cluster: string;
  /** For maintenance: its id. */
  readonly host: string | null;
  /** Names what is moved, and what that costs. */
  question(plan: P): string;
  /** The hosts without whose answer nothing can be planned; undefined: all. */
  readonly needs?: readonly string[];
  /** Throws what speaks against it. */
  plan(cluster: Cluster, status: ClusterStatus): P;
  isNothing(plan: P): boolean;
  lines(plan: P): readonly string[];
  moves(plan: P): readonly InstanceMove[];
  maintenance(plan: P): MoveJson['maintenance'];
  act(plan: P, context: SwitchoverContext, baseline: Baseline, identity: RunIdentity): Promise<void>;
}

interface Course<P> {
  readonly request: VipMoveCommand<P>;
  readonly options: MoveOptions;
  readonly io: Io;
  readonly run: Run;
  readonly cluster: Cluster;
  readonly hosts: readonly HostTasks[];
  readonly sessions: Map<string, Session>;
  readonly identity: RunIdentity;
}

const LOCK_TIMEOUT_S = 600;

/** Looks, plans, shows, asks, locks, moves, confirms; a cluster that another run changed meanwhile is looked at anew. */
export async function moveVips<P>(
  file: string,
  request: VipMoveCommand<P>,
  options: MoveOptions,
  io: Io,
): Promise<ExitCode> {
  if (options.dryRun !== true) demandAnswer(options, io);
  return withRun(file, { ...options, limit: request.cluster }, io, async (run) => {
    const cluster = run.inventory.clusters.find(({ name }) => name === request.cluster);
    if (cluster === undefined) throw new Error(`no cluster ${request.cluster}`);
    const hosts = run.hosts.filter((one) => one.cluster.name === cluster.name);
    const identity = await newIdentity(`${request.command} ${request.host ?? request.cluster}`);
    return await follow({ request, options, io, run, cluster, hosts, sessions: new Map(), identity });
  });
}

async function follow<P>(course: Course<P>): Promise<ExitCode> {
  const { request, options, cluster } = course;
  let agreed = '';
  for (;;) {
    const status = await look(course);
    const silent = cluster.hosts.find(({ id }) => !seen(status, id) && request.needs?.includes(id) !== false);
    if (silent !== undefined) return unreachable(status, silent.id, course);
    const plan = request.plan(cluster, status);
    const lines = request.lines(plan);
    if (agreed !== lines.join('\n')) tell(lines, course);
    if (request.isNothing(plan) || options.dryRun === true) return report(plan, undefined, course, true);
    if (agreed !== lines.join('\n') && !(await isAgreed(plan, course))) return EXIT.failed;
    agreed = lines.join('\n');
    const lock = await take(status, course);
    try {
      if (lock.stale.length === 0) return await execute(plan, lock, course);
    } finally {
      await lock.release();
    }
  }
}

async function look<P>({ run, cluster, hosts, sessions, io }: Course<P>): Promise<ClusterStatus> {
  const open = async ({ host }: HostTasks): Promise<Session> => {
    const session = sessions.get(host.id) ?? (await run.transport.connect(host, io.signal));
    sessions.set(host.id, session);
    return session;
  };
  const inventory = { ...run.inventory, clusters: [cluster] };
  const [status] = await getStatus({ inventory, hosts, open, signal: io.signal });
  io.err.write(run.acceptedKeys.splice(0).join(''));
  io.signal.throwIfAborted();
  if (status === undefined) throw new Error('no status');
  return status;
}

function seen({ hosts }: ClusterStatus, id: string): boolean {
  return hosts[id]?.reachable === true;
}

function unreachable<P>({ hosts }: ClusterStatus, id: string, { io, options, run }: Course<P>): ExitCode {
  const host = hosts[id];
  const { message, ...facts } = host?.reachable === false ? host.error : { message: 'it was not asked' };
  const style = styleFor(io.err, io, options, run.redact);
  io.err.write(
    renderError(new HaprovError(message, { host: id, ...facts }), style, { verbose: options.verbose === true }),
  );
  return EXIT.unreachable;
}

function tell<P>(lines: readonly string[], { options, io, run }: Course<P>): void {
  if (options.json === true) return;
  const style = styleFor(io.out, io, options, run.redact);
  io.out.write(lines.map((line) => `${style.line(line)}\n`).join(''));
}

async function isAgreed<P>(plan: P, { request, options, io }: Course<P>): Promise<boolean> {
  if (options.yes === true) return true;
  if (await confirm(request.question(plan), { input: io.input, output: io.out })) return true;
  io.err.write('Nothing was changed.\n');
  return false;
}

async function take<P>(
  status: ClusterStatus,
  { options, io, identity, sessions, ...course }: Course<P>,
): Promise<Lock> {
  const style = styleFor(io.err, io, options, course.run.redact);
  const expected = Object.entries(status.hosts).flatMap(([id, host]) =>
    host.reachable ? [[id, host.guard.generation] as const] : [],
  );
  const lock = await lockHosts({
    sessions: new Map(expected.flatMap(([id]) => [...sessions].filter(([one]) => one === id))),
    expected: new Map(expected),
    identity,
    waitMs: (options.lockTimeout ?? LOCK_TIMEOUT_S) * 1000,
    force: false,
    onWaiting: (host, reason) => io.err.write(`${style.line(host)}: ${style.line(reason)}\n`),
    signal: io.signal,
  });
  const [failed] = lock.failed.values();
  if (lock.failed.size === 0) return lock;
  await lock.release();
  throw failed;
}

async function execute<P>(plan: P, lock: Lock, course: Course<P>): Promise<ExitCode> {
  const { request, options, io, cluster, sessions, identity } = course;
  const tell = await teller(request.moves(plan), course);
  const asking = new Map([...sessions].filter(([id]) => lock.sessions.has(id)));
  const context: SwitchoverContext = {
    cluster,
    asking,
    sessions: lock.sessions,
    emit: tell.emit,
    signal: new AbortController().signal,
  };
  const baseline = await getBaseline(cluster, asking, io.signal);
  const moves = request.moves(plan);
  const vips = moves.flatMap((one) => one.vips);
  const from = moves[0]?.from ?? '';
  const session = asking.get(from);
  const member = session === undefined ? undefined : { host: from, session };
  try {
    const watched = { service: cluster.service, vips, baseline, member };
    const result = await measureOutage(watched, () => request.act(plan, context, baseline, identity));
    tell.end(true);
    return report(plan, result, course, false);
  } catch (error) {
    tell.end(false);
    if (options.json === true) write(plan, undefined, course, false, error);
    throw error;
  }
}

/** Tells of the events on the way: a list of tasks on a terminal, lines elsewhere. */
async function teller<P>(moves: readonly InstanceMove[], { request, options, io, run }: Course<P>): Promise<MoveTasks> {
  const style = styleFor(io.out, io, options, run.redact);
  if (outputFor(io, options).kind === 'terminal' && options.verbose !== true) {
    const [{ from, to } = { from: '', to: '' }] = moves;
    const vips = moves.flatMap((one) => one.vips);
    const title =
      vips.length === 0
        ? `${request.command} ${request.host ?? request.cluster}`
        : `Move ${vips.join(', ')} from ${from} to ${to}`;
    return await createMoveTasks(io.out, style, title);
  }
  return {
    emit: (event) => {
      const line = moveEventLine(event, style, options.verbose === true);
      if (line !== undefined && options.json !== true) io.out.write(`${line}\n`);
    },
    end: () => {},
  };
}

function report<P>(plan: P, result: MeasuredOutage | undefined, course: Course<P>, unchanged: boolean): ExitCode {
  const { options, io, run } = course;
  const json = write(plan, result, course, unchanged);
  if (options.json !== true && !unchanged) {
    const style = styleFor(io.out, io, options, run.redact);
    const lines = resultLines(json, style).flatMap((line) => wrapText(line, style.columns));
    io.out.write(style.redact(`${lines.join('\n')}\n`));
  }
  return io.signal.aborted ? EXIT.interrupted : EXIT.done;
}

function write<P>(
  plan: P,
  result: MeasuredOutage | undefined,
  { request, options, io, run }: Course<P>,
  unchanged: boolean,
  error?: unknown,
): MoveJson {
  const { command, cluster, host } = request;
  const base = { command, cluster, host, maintenance: request.maintenance(plan), unchanged };
  const json = moveJson(base, request.moves(plan), result, error === undefined ? null : reportError(error));
  if (options.json === true) io.out.write(jsonDocument(json, run.redact));
  return json;
}
