import { invert } from '../../changes/registry.ts';
import { revertStep } from '../../changes/revert.ts';
import { unstageOf } from '../../changes/steps.ts';
import type { RolloutContext } from '../context.ts';
import { changesOf, type HostProgress, isReady } from '../progress.ts';
import { runStep } from '../run-change.ts';
import type { ClusterEnd } from './close.ts';

/** Clears away what was not put in place, on the hosts that failed or were left alone. */
export async function unstage({ members }: ClusterEnd, context: RolloutContext): Promise<void> {
  await Promise.all(members.filter((one) => !isReady(one)).map((one) => unstageHost(one, context)));
}

/**
 * Takes away what a host was given and will not put in place, since it failed or its partner did; of one that was only
 * prepared, all that was prepared but its packages. As well as it goes: what stays behind is in nobody's use, and is
 * overwritten by the next apply.
 */
async function unstageHost(progress: HostProgress, { sessions, emit }: RolloutContext): Promise<void> {
  const session = sessions.get(progress.host);
  if (session === undefined || progress.staged === undefined) return;
  for (const step of changesOf(progress).flatMap(unstageOf)) await runStep(session, step, emit).catch(() => undefined);
  if (progress.failure !== undefined || progress.made !== progress.prepared.length) return;
  const undone = progress.prepared.filter(({ data }) => data.some((one) => invert(one) !== undefined));
  if (undone.length === 0) return;
  const reverted = await runStep(session, revertStep(undone), emit).then(
    () => true,
    () => false,
  );
  if (reverted) progress.made -= undone.length;
}
