import pLimit from 'p-limit';
import type { Cluster, Inventory } from '../inventory/model.ts';
import type { Plan } from '../plan/plan.ts';
import type { HostTasks } from '../plan/plan-host.ts';
import type { Session } from '../transport/session.ts';
import type { ApplyEvent, Emit, VipOutcome } from './events.ts';
import { vipsOf } from './holders.ts';
import { activateHost, type PhaseContext, prepareHost, unstageHost } from './phases.ts';
import { fail, isConverged, outcomeOf, type Progress, startProgress } from './progress.ts';
import { judgeHolders, verifyChecks, verifyHolders, verifyHost } from './verify.ts';

export interface ApplyInput {
  readonly inventory: Inventory;
  readonly plan: Plan;
  readonly sessions: ReadonlyMap<string, Session>;
  /** The same as the plan was made from, for reading the facts again. */
  readonly hosts: readonly HostTasks[];
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** When the run began (Date.now), for the summary; default now. */
  readonly started?: number;
}

export type Summary = Extract<ApplyEvent, { event: 'summary' }>;

/**
 * Executes a plan and nothing else: prepares all hosts in parallel, activates each cluster's hosts one after the
 * other with all clusters side by side, and reads the facts again. A host that fails stops its own cluster only.
 */
export async function applyPlan(input: ApplyInput): Promise<Summary> {
  const { inventory, plan, sessions, emit, signal, started = Date.now() } = input;
  const context: PhaseContext = { sessions, emit, signal };
  const progress = new Map(plan.hosts.map((host) => [host.host, startProgress(host)]));
  const clusters = inventory.clusters.map((cluster) => ({
    cluster,
    members: cluster.hosts.flatMap((host) => progress.get(host.id) ?? []),
  }));
  for (const { members } of clusters) for (const member of members) withholdFrom(member, members, 'left alone');
  const limit = pLimit(inventory.forks);
  await Promise.all([...progress.values()].filter(isReady).map((host) => limit(() => prepareHost(host, context))));
  // A cluster has one host at work at a time, so that clusters at a time are hosts at a time.
  const vips = await Promise.all(
    clusters.map(({ cluster, members }) => limit(() => applyCluster(cluster, members, input, context))),
  );
  const hosts = Object.fromEntries([...progress].map(([host, one]) => [host, outcomeOf(one)]));
  const summary: Summary = { event: 'summary', hosts, vips: vips.flat(), ms: Date.now() - started };
  emit(summary);
  return summary;
}

/** Whether anything may be done to the host. */
function isReady(progress: Progress): boolean {
  return progress.failure === undefined && progress.withheld === undefined;
}

/** A host that failed stops its own cluster: its partners' changes are not begun, or not gone on with. */
function withholdFrom(member: Progress, members: readonly Progress[], what: string): void {
  const stopper = members.find((one) => one.failure !== undefined);
  if (stopper === undefined || !isReady(member) || isConverged(member)) return;
  const why = stopper.failure?.status === 'unreachable' ? 'could not be reached' : 'failed';
  member.withheld = `${what}, since ${stopper.host} ${why}`;
}

async function applyCluster(
  cluster: Cluster,
  members: readonly Progress[],
  input: ApplyInput,
  context: PhaseContext,
): Promise<readonly VipOutcome[]> {
  const { emit, hosts, sessions } = input;
  for (const member of members) {
    withholdFrom(member, members, 'not activated');
    if (!isReady(member) || isConverged(member)) continue;
    await activateHost(member, context);
    const tasks = hosts.find((one) => one.host.id === member.host);
    const session = sessions.get(member.host);
    if (tasks !== undefined && session !== undefined && isReady(member)) {
      emit({ event: 'phase-start', host: member.host, phase: 'verify' });
      await verifyHost(tasks, session)
        .then(() => verifyChecks(cluster, session))
        .catch((error: unknown) => fail(member, error));
    }
  }
  await Promise.all(members.filter((member) => !isReady(member)).map((member) => unstageHost(member, context)));
  const vips = await verifyCluster(cluster, members, input);
  for (const member of members) emit({ event: 'host-end', host: member.host, ...outcomeOf(member) });
  return vips;
}

/** Who holds the VIPs: from the plan's own facts where nothing was done and all is well, else by asking again. */
async function verifyCluster(
  cluster: Cluster,
  members: readonly Progress[],
  { sessions, emit, signal }: ApplyInput,
): Promise<readonly VipOutcome[]> {
  const planned = vipsOf(cluster, (host) => {
    const plan = members.find((member) => member.host === host)?.plan;
    return plan?.status === 'planned' ? plan.holds : undefined;
  });
  const blind = isPartial(cluster) || cluster.hosts.some((host) => !sessions.has(host.id));
  const settled = members.every(isConverged) && judgeHolders(planned, blind) === undefined;
  if (settled || signal.aborted) return planned;
  const active = new Map([...sessions].filter(([host]) => members.some((member) => member.host === host)));
  if (active.size === 0) return planned;
  try {
    const seen = await verifyHolders(cluster, active, blind, emit);
    const error = members.some((member) => member.failure !== undefined) ? undefined : judgeHolders(seen, blind);
    if (error !== undefined) for (const member of members) if (member.failure === undefined) fail(member, error);
    return seen;
  } catch (error) {
    for (const member of members) if (member.failure === undefined) fail(member, error);
    return planned;
  }
}

/** --limit left hosts out: what they hold cannot be seen. */
function isPartial(cluster: Cluster): boolean {
  return cluster.vrrp_instances.some((instance) => Object.keys(instance.priority).length > cluster.hosts.length);
}
