import type { RolloutContext } from '../context.ts';
import { changesOf, type HostProgress, isReady } from '../progress.ts';
import { undoScript } from '../revert/undo-script.ts';
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
async function unstageHost(progress: HostProgress, { sessions }: RolloutContext): Promise<void> {
  const session = sessions.get(progress.host);
  if (session === undefined || progress.staged === undefined) return;
  const steps = changesOf(progress).flatMap(({ unstage: own }) => own ?? []);
  if (steps.length > 0) await session.run(steps.map(({ script }) => script).join('\n')).catch(() => undefined);
  if (progress.failure !== undefined || progress.made !== progress.prepared.length) return;
  const undone = progress.prepared.filter(({ undo }) => undo !== undefined);
  if (undone.length === 0) return;
  const result = await session.run(undoScript(undone)).catch(() => undefined);
  if (result?.code === 0) progress.made -= undone.length;
}
