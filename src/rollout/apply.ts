import pLimit from 'p-limit';
import type { Plan } from '../plan/plan.ts';
import { planRollout } from '../plan/waves/plan-rollout.ts';
import { runCluster } from './cluster.ts';
import type { RolloutContext } from './context.ts';
import type { ApplyEvent } from './events.ts';
import { isReady, outcomeOf, startProgress, withholdFrom } from './progress.ts';
import { type Steering, steer, UNSTEERED } from './steering.ts';
import { HOST_PHASES } from './workflow.ts';

export interface ApplyInput extends Omit<RolloutContext, 'serves'> {
  readonly plan: Plan;
  readonly steering?: Steering;
  /** Whether the clusters shall hold their VIPs afterwards; default true. */
  readonly serves?: boolean;
  /** When the run began (Date.now), for the summary; default now. */
  readonly started?: number;
}

export type Summary = Extract<ApplyEvent, { event: 'summary' }>;

/**
 * Executes a plan and nothing else, on hosts that are leased, by the phases of `workflow.ts`: those of hosts side by side,
 * then those of batches, all clusters side by side, then those of clusters. A host that fails stops its own cluster only.
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
  for (const { run } of HOST_PHASES) {
    await Promise.all([...progress.values()].filter(isReady).map((host) => limit(() => run(host, context))));
  }
  await steer(runs, inventory.forks, steering);
  const vips = await Promise.all(runs.map((run) => limit(() => run.finish())));
  const hosts = Object.fromEntries([...progress].map(([host, one]) => [host, outcomeOf(one)]));
  // Where nobody shall serve, that nobody holds a VIP is no news.
  const summary: Summary = { event: 'summary', hosts, vips: serves ? vips.flat() : [], ms: Date.now() - started };
  emit(summary);
  return summary;
}
