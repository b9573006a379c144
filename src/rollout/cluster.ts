import type { Cluster } from '../inventory/model.ts';
import type { Batch, ClusterRollout } from '../plan/waves/plan-rollout.ts';
import { reorder } from '../plan/waves/plan-rollout.ts';
import { type RolloutContext, runBatch, verifyMember } from './batch.ts';
import type { VipOutcome } from './events.ts';
import type { Baseline } from './gates/baseline.ts';
import { unstageHost } from './phases.ts';
import { changesOf, fail, type HostProgress, isConverged, isReady, outcomeOf, withholdFrom } from './progress.ts';
import { verifyCluster } from './verify-cluster.ts';

/** A cluster on its way, one batch at a time. */
export interface ClusterRun {
  readonly cluster: Cluster;
  readonly members: readonly HostProgress[];
  /** Hosts of the next batch; empty when there is none left. */
  next(): readonly string[];
  /** Makes the next batch. */
  step(): Promise<void>;
  /** Leaves the rest of its batches undone. */
  withhold(why: string): void;
  /** Clears away what was not put in place, looks who holds the VIPs, and tells how each host ended. Once. */
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
      const [move, ...rest] = batches;
      batches = rest;
      // Until all members have what peers notice, the VIPs of before are what the cluster has to serve.
      const serving = rest.some(({ kind }) => kind === 'together') ? servedBefore(cluster, baseline) : cluster;
      if (move !== undefined) await runBatch(serving, move, members, baseline, context);
    },
    finish: async () => {
      leaveOut();
      await Promise.all(members.filter(isUnverified).map((one) => verifyAlone(one, context)));
      await Promise.all(members.filter((one) => !isReady(one)).map((one) => unstageHost(one, context)));
      const vips = await verifyCluster(cluster, members, context);
      await Promise.all(members.map((member) => close(member, context)));
      for (const member of members) context.emit({ event: 'host-end', host: member.host, ...outcomeOf(member) });
      return vips;
    },
  };
}

/** The cluster with the VIPs alone that somebody held at first; as it is where nobody held any. */
export function servedBefore(cluster: Cluster, { vips }: Baseline): Cluster {
  const held = new Set(vips.filter(({ holders }) => holders.length > 0).map(({ vip }) => vip));
  const vrrp_instances = cluster.vrrp_instances.flatMap((instance) => {
    const virtual_ipaddress = instance.virtual_ipaddress.filter(({ address }) => held.has(address));
    return virtual_ipaddress.length === 0 ? [] : [{ ...instance, virtual_ipaddress }];
  });
  return vrrp_instances.length === 0 ? cluster : { ...cluster, vrrp_instances };
}

function isIn({ host }: HostProgress, batches: readonly Batch[]): boolean {
  return batches.some((batch) => batch.members.some((member) => member.host === host));
}

/** A host that was prepared and had nothing to activate. */
function isUnverified(member: HostProgress): boolean {
  return isReady(member) && !isConverged(member) && member.verified === undefined;
}

async function verifyAlone(member: HostProgress, context: RolloutContext): Promise<void> {
  await verifyMember(member, context).catch((error: unknown) => fail(member, error));
}

async function close(member: HostProgress, { safeguards, finish }: RolloutContext): Promise<void> {
  if (member.staged === undefined || changesOf(member).length === 0) return;
  const state = (member.reverted === true && member.confirmed === undefined) || member.made === 0 ? 'put-back' : 'done';
  // A record that cannot be closed stays open: it says no more than what was begun, which is true.
  await safeguards.closeRecord(member.host, state).catch(() => undefined);
  if (isReady(member)) await finish?.(member.host).catch((error: unknown) => fail(member, error));
}
