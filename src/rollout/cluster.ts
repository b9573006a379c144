import type { Cluster } from '../inventory/model.ts';
import type { Batch } from '../plan/waves/batch.ts';
import { reorder } from '../plan/waves/order.ts';
import type { ClusterRollout } from '../plan/waves/plan-rollout.ts';
import { type ActiveMember, type BatchRun, chosen } from './batch-run.ts';
import type { RolloutContext } from './context.ts';
import type { VipOutcome } from './events.ts';
import type { Baseline } from './gates/baseline.ts';
import type { ClusterEnd } from './phases/close.ts';
import { fail, type HostProgress, isConverged, isReady, withholdFrom } from './progress.ts';
import { BATCH_PHASES, CLUSTER_PHASES } from './workflow.ts';

/** A cluster on its way, one batch at a time. */
export interface ClusterRun {
  readonly cluster: Cluster;
  readonly members: readonly HostProgress[];
  /** Hosts of the next batch; empty when there is none left. */
  next(): readonly string[];
  /** Takes the next batch through its phases. */
  step(): Promise<void>;
  /** Leaves the rest of its batches undone. */
  withhold(why: string): void;
  /** Takes the cluster through its own phases; gives who holds its VIPs. Once. */
  finish(): Promise<readonly VipOutcome[]>;
}

/** The run of one cluster. Nothing is done before the first `step`. */
export function runCluster(
  cluster: Cluster,
  members: readonly HostProgress[],
  rollout: ClusterRollout | undefined,
  context: RolloutContext,
): ClusterRun {
  let batches: readonly Batch[] = rollout?.batches ?? [];
  let baseline: Baseline | undefined;

  const withhold = (why: string): void => {
    for (const member of members) if (isReady(member) && isIn(member, batches)) member.withheld = why;
    batches = [];
  };

  const leaveOut = (): void => {
    for (const member of members) withholdFrom(member, members, member.staged ? 'not activated' : 'left alone');
    if (members.some((member) => member.failure !== undefined)) batches = [];
    else if (context.signal.aborted) withhold('interrupted');
  };

  if (rollout?.blocked !== undefined) {
    for (const member of members) if (!isConverged(member) && isReady(member)) member.withheld = rollout.blocked;
  }

  return {
    cluster,
    members,
    withhold,
    next: () => {
      leaveOut();
      return batches[0]?.members.map(({ host }) => host) ?? [];
    },
    step: async () => {
      leaveOut();
      if (batches.length === 0) return;
      try {
        baseline ??= await context.safeguards.baseline(cluster);
        if (batches[0]?.kind !== 'start') batches = reorder(batches, await context.safeguards.holdings(cluster));
      } catch (error) {
        for (const member of members) if (isIn(member, batches)) fail(member, error);
        return;
      }
      const [batch, ...rest] = batches;
      batches = rest;
      if (batch === undefined) return;
      // Until all members have what peers notice, the VIPs of before are what the cluster has to serve.
      const serving = rest.some(({ kind }) => kind === 'together') ? servedBefore(cluster, baseline) : cluster;
      await runBatch({ cluster: serving, batch, members: activeIn(batch, members), baseline }, context);
    },
    finish: async () => {
      leaveOut();
      const end: ClusterEnd = { cluster, members, vips: [] };
      for (const { run } of CLUSTER_PHASES) await run(end, context);
      return end.vips;
    },
  };
}

/**
 * One batch, from arming to confirmation. Whatever fails in it, the hosts that failed get their old state back; where it
 * concerns all of them (peers notice it, a gate of the cluster), every host of the batch does.
 */
async function runBatch(run: BatchRun, context: RolloutContext): Promise<void> {
  const hosts = run.members.map(({ member }) => member.host);
  context.emit({ event: 'move-start', cluster: run.cluster.name, hosts, kind: run.batch.kind });
  for (const phase of BATCH_PHASES) await phase.run(chosen(phase.whom, run), run, context);
}

function activeIn(batch: Batch, members: readonly HostProgress[]): readonly ActiveMember[] {
  return batch.members.flatMap((member): ActiveMember[] => {
    const progress = members.find((one) => one.host === member.host);
    return progress === undefined ? [] : [{ member, progress }];
  });
}

/** The cluster with the VIPs alone that somebody held at first; as it is where nobody held any. */
export function servedBefore(cluster: Cluster, { vips }: Baseline): Cluster {
  const held = new Set(vips.filter(({ holders }) => holders.length > 0).map(({ vip }) => vip));
  const vrrp_instances = cluster.vrrp_instances.flatMap((instance) => {
    const { virtual_ipaddress_excluded: untold = [], ...rest } = instance;
    const virtual_ipaddress = instance.virtual_ipaddress.filter(({ address }) => held.has(address));
    const excluded = untold.filter(({ address }) => held.has(address));
    if (virtual_ipaddress.length === 0 && excluded.length === 0) return [];
    return [{ ...rest, virtual_ipaddress, ...(excluded.length === 0 ? {} : { virtual_ipaddress_excluded: excluded }) }];
  });
  return vrrp_instances.length === 0 ? cluster : { ...cluster, vrrp_instances };
}

function isIn({ host }: HostProgress, batches: readonly Batch[]): boolean {
  return batches.some((batch) => batch.members.some((member) => member.host === host));
}
