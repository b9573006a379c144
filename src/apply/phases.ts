import type { Change } from '../tasks/change.ts';
import type { Session } from '../transport/session.ts';
import type { Emit } from './events.ts';
import { fail, type Progress } from './progress.ts';
import { runChange } from './run-change.ts';

/** What a phase needs of the run. */
export interface PhaseContext {
  readonly sessions: ReadonlyMap<string, Session>;
  readonly emit: Emit;
  /** Aborted: finish the running change, begin no other. */
  readonly signal: AbortSignal;
}

/** Everything that a running service does not notice: packages, new files, uploads and their tests. */
export async function prepareHost(progress: Progress, context: PhaseContext): Promise<void> {
  const changes = changesOf(progress);
  const concerned = changes.filter((change) => change.phase === 'prepare' || change.stage !== undefined);
  if (concerned.length === 0) return;
  progress.staged = true;
  context.emit({ event: 'phase-start', host: progress.host, phase: 'prepare' });
  await runAll(progress, concerned, context, (change) => (change.phase === 'prepare' ? 'whole' : 'stage'));
  context.emit({ event: 'phase-end', host: progress.host, phase: 'prepare' });
}

/** The rest: what services notice. */
export async function activateHost(progress: Progress, context: PhaseContext): Promise<void> {
  const concerned = changesOf(progress).filter((change) => change.phase === 'activate');
  if (concerned.length === 0) return;
  context.emit({ event: 'phase-start', host: progress.host, phase: 'activate' });
  await runAll(progress, concerned, context, () => 'whole');
  context.emit({ event: 'phase-end', host: progress.host, phase: 'activate' });
}

/**
 * Takes away what a host was given and will not put in place, since it failed or its partner did. As well as it goes:
 * what stays behind is overwritten by the next apply.
 */
export async function unstageHost(progress: Progress, { sessions }: PhaseContext): Promise<void> {
  const session = sessions.get(progress.host);
  const steps = changesOf(progress).flatMap(({ unstage }) => unstage ?? []);
  if (session === undefined || progress.staged === undefined || steps.length === 0) return;
  await session.run(steps.map(({ script }) => script).join('\n')).catch(() => undefined);
}

async function runAll(
  progress: Progress,
  changes: readonly Change[],
  { sessions, emit, signal }: PhaseContext,
  partOf: (change: Change) => 'stage' | 'whole',
): Promise<void> {
  const session = sessions.get(progress.host);
  if (session === undefined) throw new Error(`no session to ${progress.host}`);
  try {
    for (const change of changes) {
      if (signal.aborted) {
        progress.withheld = 'interrupted';
        return;
      }
      if (partOf(change) === 'stage') await runChange(session, change, 'stage', change.stage ?? [], emit);
      else {
        await runChange(session, change, change.action, change.steps, emit);
        progress.made += 1;
      }
    }
  } catch (error) {
    fail(progress, error);
  }
}

function changesOf({ plan }: Progress): readonly Change[] {
  return plan.status === 'planned' ? plan.changes : [];
}
