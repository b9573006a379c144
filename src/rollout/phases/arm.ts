import type { Change } from '../../changes/change.ts';
import type { Cluster } from '../../inventory/model.ts';
import type { Batch, BatchMember } from '../../plan/waves/batch.ts';
import { type ActiveMember, type BatchRun, each } from '../batch-run.ts';
import type { RolloutContext } from '../context.ts';
import { electionTime, slowestMasterDown } from '../gates/holders.ts';
import { changesOf, type HostProgress } from '../progress.ts';
import { restartsOf } from './activate.ts';

/** Has each host revert the changes of this batch by itself, unless they are confirmed in time. */
export async function arm(
  members: readonly ActiveMember[],
  { cluster, batch }: BatchRun,
  { safeguards, emit }: RolloutContext,
): Promise<void> {
  await each(members, async ({ member, progress }) => {
    const seconds = secondsToConfirm(cluster, batch, member.host);
    const together = batch.kind === 'together';
    await safeguards.arm(member.host, revertedBy(batch, member, progress, cluster), { seconds, together });
    emit({ event: 'armed', host: member.host, seconds });
  });
}

/**
 * Changes that are taken back where a batch fails, in the order in which they were made: those of the batch, and what was
 * prepared while nothing uses it. Members that go back together go back to before the run: the old configuration needs the
 * old checks, scripts and rules.
 */
export function revertedBy(
  { kind }: Pick<Batch, 'kind'>,
  member: BatchMember,
  progress: HostProgress,
  cluster: Cluster,
): readonly Change[] {
  const prepared = changesOf(progress).filter(({ phase }) => phase === 'prepare');
  if (kind === 'together') return [...prepared, ...progress.standing, ...member.changes];
  return [...(progress.confirmed === true ? [] : prepared), ...member.changes, ...keepRunning(cluster, member)];
}

const ALONE_S = 60;
/** Some words of haprov may be lost on their way. */
const TOGETHER_S = 4;

/**
 * Seconds after haprov's last word in which a host waits to be confirmed before it reverts. Alone: a minute, or what the
 * slowest election takes and a margin, since gates only ask meanwhile; each fenced script begins them anew. Together: a
 * master-down interval, since members of two configurations are two masters; haprov gives a sign of life meanwhile. Where
 * instances are made anew, the first one goes back a master-down interval ahead of the others, which serve until it can.
 */
export function secondsToConfirm(cluster: Cluster, batch: Batch, host: string): number {
  if (batch.kind !== 'together') return Math.max(ALONE_S, Math.ceil(electionTime(cluster) / 1000) + 30);
  const election = Math.ceil(slowestMasterDown(cluster) / 1000);
  const seconds = Math.max(TOGETHER_S, election);
  const first = batch.members[0]?.host === host;
  return batch.recreatesInstance === true && !first ? seconds + election + 1 : seconds;
}

/** A handover stops keepalived though no change of its own does: going back has to see that it runs. */
function keepRunning(cluster: Cluster, { changes }: BatchMember): readonly Change[] {
  if (restartsOf(changes, cluster).length === 0 || changes.some(({ unit }) => unit === 'keepalived')) return [];
  const named = { task: 'hand over', module: 'service', action: 'reload', target: 'service keepalived' } as const;
  return [{ ...named, unit: 'keepalived', detail: '', phase: 'activate', data: [], notify: [] }];
}
