import type { Change } from '../tasks/change.ts';
import type { Session } from '../transport/session.ts';
import type { Emit } from './events.ts';
import { changesOf, fail, type HostProgress } from './progress.ts';
import { undoScript } from './revert/undo-script.ts';
import { runChange } from './run-change.ts';
import type { Safeguards } from './safeguards.ts';

/** What the work on hosts needs of the run. */
export interface PhaseContext {
  /** Fenced: a script runs only while the host's lease is this run's. */
  readonly sessions: ReadonlyMap<string, Session>;
  readonly safeguards: Safeguards;
  readonly emit: Emit;
  /** Aborted: finish what is running, begin nothing else. */
  readonly signal: AbortSignal;
}

/** Everything that a running service does not notice: packages, new files, uploads and their tests. */
export async function prepareHost(progress: HostProgress, context: PhaseContext): Promise<void> {
  const changes = changesOf(progress);
  if (changes.length === 0) return;
  if (context.signal.aborted) {
    progress.withheld = 'interrupted';
    return;
  }
  const { host } = progress;
  context.emit({ event: 'phase-start', host, phase: 'prepare' });
  try {
    await context.safeguards.openRecord(host, changes);
    progress.staged = true;
    for (const change of changes) {
      if (context.signal.aborted) {
        progress.withheld = 'interrupted';
        break;
      }
      await prepareChange(progress, change, context);
    }
  } catch (error) {
    fail(progress, error);
  }
  context.emit({ event: 'phase-end', host, phase: 'prepare' });
}

async function prepareChange(progress: HostProgress, change: Change, context: PhaseContext): Promise<void> {
  const session = sessionOf(progress, context);
  if (change.phase === 'prepare') {
    await runChange(session, change, change.action, change.steps, context.emit);
    progress.made += 1;
    progress.prepared.push(change);
  } else if (change.stage !== undefined) await runChange(session, change, 'stage', change.stage, context.emit);
}

/**
 * Takes away what a host was given and will not put in place, since it failed or its partner did; of one that was only
 * prepared, all that was prepared but its packages. As well as it goes: what stays behind is in nobody's use, and is
 * overwritten by the next apply.
 */
export async function unstageHost(progress: HostProgress, { sessions }: PhaseContext): Promise<void> {
  const session = sessions.get(progress.host);
  if (session === undefined || progress.staged === undefined) return;
  const steps = changesOf(progress).flatMap(({ unstage }) => unstage ?? []);
  if (steps.length > 0) await session.run(steps.map(({ script }) => script).join('\n')).catch(() => undefined);
  if (progress.failure !== undefined || progress.made !== progress.prepared.length) return;
  const undone = progress.prepared.filter(({ undo }) => undo !== undefined);
  if (undone.length === 0) return;
  const result = await session.run(undoScript(undone)).catch(() => undefined);
  if (result?.code === 0) progress.made -= undone.length;
}

/** The fenced session of a host that has changes; it was connected to, or there would be none. */
export function sessionOf({ host }: HostProgress, { sessions }: PhaseContext): Session {
  const session = sessions.get(host);
  if (session === undefined) throw new Error(`no session to ${host}`);
  return session;
}
