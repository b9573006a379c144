import type { Change } from '../../changes/change.ts';
import { stageOf, stepsOf } from '../../changes/steps.ts';
import { type RolloutContext, sessionOf } from '../context.ts';
import { changesOf, fail, type HostProgress } from '../progress.ts';
import { runChange } from '../run-change.ts';

/** Everything that a running service does not notice: packages, new files, uploads and their tests. */
export async function prepareHost(progress: HostProgress, context: RolloutContext): Promise<void> {
  const { host } = progress;
  const { signal, emit, safeguards } = context;
  const changes = changesOf(progress);
  if (changes.length === 0) return;
  if (signal.aborted) {
    progress.withheld = 'interrupted';
    return;
  }
  emit({ event: 'phase-start', host, phase: 'prepare' });
  try {
    await safeguards.openRecord(host, changes);
    progress.staged = true;
    for (const change of changes) {
      if (signal.aborted) {
        progress.withheld = 'interrupted';
        break;
      }
      await prepareChange(progress, change, context);
    }
  } catch (error) {
    fail(progress, error);
  }
  emit({ event: 'phase-end', host, phase: 'prepare' });
}

async function prepareChange(progress: HostProgress, change: Change, context: RolloutContext): Promise<void> {
  const session = sessionOf(progress, context);
  if (change.phase === 'prepare') {
    progress.begun = change;
    await runChange(session, change, change.action, stepsOf(change), context.emit);
    delete progress.begun;
    progress.made += 1;
    progress.prepared.push(change);
    return;
  }
  const staged = stageOf(change);
  if (staged.length > 0) await runChange(session, change, 'stage', staged, context.emit);
}
