import type { Cluster } from '../../inventory/model.ts';
import type { RolloutContext } from '../context.ts';
import type { VipOutcome } from '../events.ts';
import { changesOf, fail, type HostProgress, isReady, outcomeOf } from '../progress.ts';

/** A cluster whose batches are done. */
export interface ClusterEnd {
  readonly cluster: Cluster;
  readonly members: readonly HostProgress[];
  /** Who holds its VIPs, once that was verified. */
  vips: readonly VipOutcome[];
}

/** Says in the run record of each host how the run ended there, and finishes the hosts that ended well. */
export async function closeRecords({ members }: ClusterEnd, { safeguards, finish }: RolloutContext): Promise<void> {
  const open = members.filter((one) => one.staged !== undefined && changesOf(one).length > 0);
  await Promise.all(
    open.map(async (one) => {
      const isBack = (one.reverted === true && one.confirmed === undefined) || one.made === 0;
      // A record that cannot be closed stays open: it says no more than what was begun, which is true.
      await safeguards
        .closeRecord(one.host, isBack ? 'put-back' : 'done', isReady(one) ? changesOf(one) : [])
        .catch(() => undefined);
      if (isReady(one)) await finish?.(one.host).catch((error: unknown) => fail(one, error));
    }),
  );
}

/** Tells how each host ended. */
export async function tellOutcomes({ members }: ClusterEnd, { emit }: RolloutContext): Promise<void> {
  for (const member of members) emit({ event: 'host-end', host: member.host, ...outcomeOf(member) });
}
