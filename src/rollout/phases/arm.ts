import type { Cluster } from '../../inventory/model.ts';
import type { BatchMember } from '../../plan/waves/batch.ts';
import type { Change } from '../../tasks/change.ts';
import { type ActiveMember, type BatchRun, each } from '../batch-run.ts';
import type { RolloutContext } from '../context.ts';
import { electionTime } from '../gates/holders.ts';
import { changesOf, type HostProgress } from '../progress.ts';
import { restartsOf } from './activate.ts';

/** Has each host revert the changes of this batch by itself, unless they are confirmed in time. */
export async function arm(
  members: readonly ActiveMember[],
  { cluster }: BatchRun,
  { safeguards, emit }: RolloutContext,
): Promise<void> {
  const seconds = secondsToConfirm(cluster);
  await each(members, async ({ member, progress }) => {
    const changes = [...undoable(progress, member.changes), ...keepRunning(cluster, member)];
    await safeguards.arm(member.host, changes, seconds);
    emit({ event: 'armed', host: member.host, seconds });
  });
}

/**
 * Seconds after haprov's last step in which a host waits to be confirmed before it takes its changes back: a minute, or
 * what the slowest election takes and a margin, since gates only ask meanwhile. Each fenced script begins them anew.
 */
export function secondsToConfirm(cluster: Cluster): number {
  return Math.max(60, Math.ceil(electionTime(cluster) / 1000) + 30);
}

/** A handover stops keepalived though no change of its own does: going back has to see that it runs. */
function keepRunning(cluster: Cluster, { changes }: BatchMember): readonly Change[] {
  if (restartsOf(changes, cluster).length === 0 || changes.some(({ unit }) => unit === 'keepalived')) return [];
  const named = { task: 'hand over', module: 'service', action: 'reload', target: 'service keepalived' } as const;
  return [{ ...named, unit: 'keepalived', detail: '', phase: 'activate', data: [], notify: [] }];
}

/** Until a batch is confirmed nothing uses what was prepared: it goes back as well. */
function undoable(progress: HostProgress, changes: readonly Change[]): readonly Change[] {
  const prepared = progress.confirmed === true ? [] : changesOf(progress).filter(({ phase }) => phase === 'prepare');
  return [...prepared, ...changes];
}
