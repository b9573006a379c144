import type { Change } from '../../changes/change.ts';
import { invert } from '../../changes/registry.ts';
import { revertStep } from '../../changes/revert.ts';
import { unstageOf } from '../../changes/steps.ts';
import { HaprovError } from '../../errors.ts';
import type { RolloutContext } from '../context.ts';
import { changesOf, fail, type HostProgress, isReady } from '../progress.ts';
import { runStep } from '../run-change.ts';
import type { ClusterEnd } from './close.ts';

/** Clears away what was not put in place, on the hosts that failed or were left alone. */
export async function unstage({ members }: ClusterEnd, context: RolloutContext): Promise<void> {
  await Promise.all(members.filter((one) => !isReady(one)).map((one) => unstageHost(one, context)));
}

/**
 * Takes away what a host was given and will not put in place, since it failed or its partner did; of one that was only
 * prepared, all that was prepared but its packages. What could not be taken away is told with the host's failure.
 */
async function unstageHost(progress: HostProgress, { sessions, emit }: RolloutContext): Promise<void> {
  const session = sessions.get(progress.host);
  if (session === undefined || progress.staged === undefined) return;
  for (const step of changesOf(progress).flatMap(unstageOf)) await runStep(session, step, emit).catch(() => undefined);
  if (progress.activating !== undefined || progress.reverted !== undefined) return;
  const undone = progress.prepared.filter(isUndoable);
  const begun = [progress.begun ?? []].flat().filter(isUndoable);
  if (undone.length + begun.length === 0) return;
  try {
    await runStep(session, revertStep([...undone, ...begun]), emit);
    progress.made -= undone.length;
    if (progress.failure !== undefined) progress.reverted = true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `what was prepared could not be taken back: ${why}`;
    if (progress.failure === undefined) return fail(progress, new HaprovError(message, { host: progress.host }));
    const { error: first } = progress.failure;
    progress.failure = { ...progress.failure, error: { ...first, message: `${first.message}; ${message}` } };
  }
}

function isUndoable({ data }: Change): boolean {
  return data.some((one) => invert(one) !== undefined);
}
