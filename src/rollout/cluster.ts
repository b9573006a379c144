import type { Cluster } from '../inventory/model.ts';
import type { ClusterRollout, Move } from '../plan/waves/plan-rollout.ts';
import { reorder } from '../plan/waves/plan-rollout.ts';
import { type MoveContext, makeMove, verifyMember } from './batch.ts';
import type { VipOutcome } from './events.ts';
import type { Baseline } from './gates/baseline.ts';
import { unstageHost } from './phases.ts';
import { changesOf, fail, isConverged, isReady, outcomeOf, type Progress, withholdFrom } from './progress.ts';
import { verifyCluster } from './verify-cluster.ts';

/** A cluster on its way, one move at a time. */
export interface ClusterRun {
  readonly cluster: Cluster;
  readonly members: readonly Progress[];
  /** Hosts of the next move; empty when there is none left. */
  next(): readonly string[];
  /** Makes the next move. */
  step(): Promise<void>;
  /** Leaves the rest of its moves undone. */
  withhold(why: string): void;
  /** Clears away what was not put in place, looks who holds the VIPs, and tells how each host ended. Once. */
  finish(): Promise<readonly VipOutcome[]>;
}

/** The run of one cluster. Nothing is done before the first `step`. */
export function runCluster(
  cluster: Cluster,
  members: readonly Progress[],
  rollout: ClusterRollout | undefined,
  context: MoveContext,
): ClusterRun {
  let moves: readonly Move[] = rollout?.moves ?? [];
  let baseline: Baseline | undefined;

  const withhold = (why: string): void => {
    for (const member of members) if (isReady(member) && isIn(member, moves)) member.withheld = why;
    moves = [];
  };

  const leaveOut = (): void => {
    for (const member of members) withholdFrom(member, members, member.staged ? 'not activated' : 'left alone');
    if (members.some((member) => member.failure !== undefined)) moves = [];
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
      return moves[0]?.members.map(({ host }) => host) ?? [];
    },
    step: async () => {
      leaveOut();
      if (moves.length === 0) return;
      try {
        baseline ??= await context.safety.baseline(cluster);
        if (moves[0]?.kind !== 'start') moves = reorder(moves, await context.safety.holdings(cluster));
      } catch (error) {
        for (const member of members) if (isIn(member, moves)) fail(member, error);
        return;
      }
      const [move, ...rest] = moves;
      moves = rest;
      // Until all members have what peers notice, the VIPs of before are what the cluster has to serve.
      const serving = rest.some(({ kind }) => kind === 'together') ? servedBefore(cluster, baseline) : cluster;
      if (move !== undefined) await makeMove(serving, move, members, baseline, context);
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

function isIn({ host }: Progress, moves: readonly Move[]): boolean {
  return moves.some((move) => move.members.some((member) => member.host === host));
}

/** A host that was prepared and had nothing to activate. */
function isUnverified(member: Progress): boolean {
  return isReady(member) && !isConverged(member) && member.verified === undefined;
}

async function verifyAlone(member: Progress, context: MoveContext): Promise<void> {
  await verifyMember(member, context).catch((error: unknown) => fail(member, error));
}

async function close(member: Progress, { safety, finish }: MoveContext): Promise<void> {
  if (member.staged === undefined || changesOf(member).length === 0) return;
  const state = (member.putBack === true && member.confirmed === undefined) || member.made === 0 ? 'put-back' : 'done';
  // A record that cannot be closed stays open: it says no more than what was begun, which is true.
  await safety.closeRecord(member.host, state).catch(() => undefined);
  if (isReady(member)) await finish?.(member.host).catch((error: unknown) => fail(member, error));
}
