import pLimit from 'p-limit';
import type { Inventory } from '../inventory/model.ts';
import type { Plan } from '../plan/plan.ts';
import type { HostTasks } from '../plan/plan-host.ts';
import { planRollout } from '../plan/waves/plan-rollout.ts';
import type { Session } from '../transport/session.ts';
import type { RolloutContext } from './batch.ts';
import { runCluster } from './cluster.ts';
import type { ApplyEvent, Emit } from './events.ts';
import { prepareHost } from './phases.ts';
import { isReady, outcomeOf, startProgress, withholdFrom } from './progress.ts';
import type { Safeguards } from './safeguards.ts';
import { type Steering, steer, UNSTEERED } from './steering.ts';

export interface ApplyInput {
  readonly inventory: Inventory;
  readonly plan: Plan;
  /** Of the hosts that were planned, for questions. */
  readonly asking: ReadonlyMap<string, Session>;
  /** Of the hosts that have the lease: their scripts run only while it is ours. At least all hosts with changes. */
  readonly sessions: ReadonlyMap<string, Session>;
  readonly safeguards: Safeguards;
  /** The same as the plan was made from, for reading the facts again. */
  readonly hosts: readonly HostTasks[];
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly steering?: Steering;
  /** Whether the clusters shall hold their VIPs afterwards; default true. */
  readonly serves?: boolean;
  /** Done for each host with changes that ended well. */
  readonly finish?: (host: string) => Promise<void>;
  /** When the run began (Date.now), for the summary; default now. */
  readonly started?: number;
}

export type Summary = Extract<ApplyEvent, { event: 'summary' }>;

/**
 * Executes a plan and nothing else: prepares all hosts in parallel, then makes the batches of its rollout, all clusters
 * side by side, each batch guarded, gated and confirmed. A host that fails stops its own cluster only.
 */
export async function applyPlan(input: ApplyInput): Promise<Summary> {
  const { inventory, plan, emit, started = Date.now(), steering = UNSTEERED, serves = true } = input;
  const context: RolloutContext = { ...input, serves };
  const progress = new Map(plan.hosts.map((host) => [host.host, startProgress(host)]));
  const rollout = planRollout(inventory, plan);
  const runs = inventory.clusters.map((cluster) => {
    const members = cluster.hosts.flatMap((host) => progress.get(host.id) ?? []);
    for (const member of members) withholdFrom(member, members, 'left alone');
    const own = rollout.clusters.find((one) => one.cluster === cluster.name);
    return runCluster(cluster, members, own, context);
  });
  const limit = pLimit(inventory.forks);
  await Promise.all([...progress.values()].filter(isReady).map((host) => limit(() => prepareHost(host, context))));
  await steer(runs, inventory.forks, steering);
  const vips = await Promise.all(runs.map((run) => limit(() => run.finish())));
  const hosts = Object.fromEntries([...progress].map(([host, one]) => [host, outcomeOf(one)]));
  // Where nobody shall serve, that nobody holds a VIP is no news.
  const summary: Summary = { event: 'summary', hosts, vips: serves ? vips.flat() : [], ms: Date.now() - started };
  emit(summary);
  return summary;
}
