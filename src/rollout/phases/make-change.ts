import type { Change } from '../../changes/change.ts';
import { stepsOf } from '../../changes/steps.ts';
import { type RolloutContext, sessionOf } from '../context.ts';
import type { HostProgress } from '../progress.ts';
import { runChange } from '../run-change.ts';

/** Makes one change of a host, and counts it. */
export async function makeChange(change: Change, progress: HostProgress, context: RolloutContext): Promise<void> {
  progress.activating = true;
  await runChange(sessionOf(progress, context), change, change.action, stepsOf(change), context.emit);
  progress.made += 1;
}
