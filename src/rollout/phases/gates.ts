import { type ActiveMember, type BatchRun, blame } from '../batch-run.ts';
import type { RolloutContext } from '../context.ts';
import { isKeptStandby } from '../progress.ts';

/** The cluster is as it has to be after these members were activated. What fails is the host's that it names, or everyone's. */
export async function gates(
  members: readonly ActiveMember[],
  { cluster, baseline }: BatchRun,
  { safeguards, serves }: RolloutContext,
): Promise<void> {
  if (members.length === 0 || !serves) return;
  const ids = members.filter(({ progress }) => !isKeptStandby(progress)).map(({ member }) => member.host);
  await blame(members, safeguards.gates(cluster, ids, baseline));
}
