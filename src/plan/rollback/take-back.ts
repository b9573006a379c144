import { type RunRecord, runsSubject } from '../../facts/state/runs.ts';
import { fileSubject } from '../../facts/system/file.ts';
import type { Change } from '../../tasks/change.ts';
import { closeRecordScript } from '../../tasks/close-record.ts';
import { daemonReloadScript } from '../../tasks/service-scripts.ts';
import type { TaskContext } from '../../tasks/task.ts';
import { versionOf } from '../../tasks/undo-file.ts';
import { TakeBackError } from './errors.ts';
import { type Conflict, contentOf, filesOf, isLive, judgeFile, type RecordedFile } from './recorded.ts';
import { planFileBack } from './take-back-file.ts';
import { planScriptBack } from './take-back-script.ts';

/** What takes a run back on one host. */
export interface TakeBack {
  readonly changes: readonly Change[];
  /** What goes when nothing uses it any more, after the handlers. */
  readonly after: readonly Change[];
  readonly notes: readonly string[];
}

const NOTHING: TakeBack = { changes: [], after: [], notes: [] };

/**
 * Plans to take a run back on one host, the last of its changes first. Nothing where the host was no part of it, or all of
 * it was taken back; what a mark in the record says and the host does not bear out is planned once more. Throws
 * TakeBackError where a file was changed since.
 */
export async function planTakeBack(run: string, context: TaskContext): Promise<TakeBack> {
  const records = await context.ask(runsSubject, 'runs');
  const record = records.find((one) => one.run === run);
  if (record === undefined || record.state === 'put-back') return NOTHING;
  const [files, scripts] = await Promise.all([
    planFiles(record, records, context),
    planScripts(record, records, context),
  ]);
  const changes = inOrder(record, [...files, ...scripts]);
  const last = (change: Change): boolean => isRemoval(change) && change.notify.length === 0;
  const [early, late] = [changes.filter((change) => !last(change)), changes.filter(last)];
  return readUnits({
    changes: [
      ...(isLive(record) ? [markChange(record)] : []),
      ...early.filter(({ phase }) => phase === 'prepare'),
      ...early.filter(({ phase }) => phase !== 'prepare'),
    ],
    after: late,
    notes: isLive(record) ? notesOf(record) : [],
  });
}

/** A file, or a directory, that the run has made. */
function isRemoval({ module, action }: Change): boolean {
  return module === 'file' && action === 'remove';
}

/** The reverse of the order in which the run came to its targets. */
function inOrder({ changes }: RunRecord, planned: readonly Change[]): readonly Change[] {
  const place = (target: string): number => changes.findLastIndex((change) => change.target === target);
  return planned.toSorted((a, b) => place(b.target) - place(a.target));
}

async function planFiles(
  record: RunRecord,
  records: readonly RunRecord[],
  context: TaskContext,
): Promise<readonly Change[]> {
  const facts = await Promise.all(
    filesOf(record).map(async (file) => [file, await context.ask(fileSubject, file.path)] as const),
  );
  const conflicts: Conflict[] = [];
  const due = facts.filter(([file, fact]) => {
    const now = fact.type === 'absent' ? null : (versionOf(fact)?.sha256 ?? fact.type);
    const verdict = judgeFile(file, now, record, records);
    if (typeof verdict !== 'string') conflicts.push(verdict);
    return verdict === 'new' && (isLive(record) || !isMadeAgain(file, record, records));
  });
  if (isLive(record) && conflicts.length > 0) throw refusal(record, conflicts, context.host.id);
  return Promise.all(due.map(([file, fact]) => planFileBack(file, fact, context)));
}

/** What no file's content is, the last first; where a mark says that it was taken back, what no later run made again. */
async function planScripts(
  record: RunRecord,
  records: readonly RunRecord[],
  context: TaskContext,
): Promise<readonly Change[]> {
  const later = records.filter((one) => one.run > record.run && isLive(one)).flatMap(({ changes }) => changes);
  const due = record.changes.toReversed().filter((change) => {
    if (contentOf(change) !== undefined) return false;
    if (isLive(record)) return true;
    const sure = change.undo?.needed !== undefined && change.module !== 'file';
    return sure && !later.some(({ module, target }) => module === change.module && target === change.target);
  });
  return (await Promise.all(due.map((change) => planScriptBack(change, context)))).flat();
}

/** A later run has made the same change, so that it is that run's to take back. */
function isMadeAgain({ path, after }: RecordedFile, record: RunRecord, records: readonly RunRecord[]): boolean {
  const later = records.filter((one) => one.run > record.run && isLive(one));
  return later.some((one) => filesOf(one).some((file) => file.path === path && file.after === after));
}

function refusal({ run }: RunRecord, conflicts: readonly Conflict[], host: string): TakeBackError {
  const said = conflicts.map(({ path, by }) =>
    by === undefined
      ? `${path} was changed by hand since`
      : `${path} was changed by ${by.run} since (${by.who}: ${by.why})`,
  );
  const later = conflicts
    .flatMap(({ by }) => by?.run ?? [])
    .toSorted()
    .at(-1);
  return new TakeBackError(
    `${run} cannot be taken back: ${said[0]}${said.length > 1 ? `, and ${said.length - 1} more` : ''}`,
    {
      host,
      action: 'plan rollback',
      evidence: said.join('\n'),
      next:
        later === undefined
          ? 'Look at it on the host. To go back, say the old state in the inventory, and apply that.'
          : `Undo ${later} first.`,
    },
  );
}

/** Has systemd read its unit files again after the last of them has changed. */
function readUnits(plan: TakeBack): TakeBack {
  const all = [...plan.changes, ...plan.after];
  const last = all.findLast(({ target }) => target.startsWith('/etc/systemd/system/'));
  const step = { describe: 'have systemd read its unit files again', script: daemonReloadScript() };
  const read = (change: Change): Change => (change === last ? { ...change, steps: [...change.steps, step] } : change);
  return { ...plan, changes: plan.changes.map(read), after: plan.after.map(read) };
}

/**
 * While everything prepares, so that it needs no move of its own; taken back with the rest of what was prepared. A run that
 * was cut off before it came to more is no reason not to try again: a mark alone is not believed.
 */
function markChange({ run, state }: RunRecord): Change {
  return {
    task: `take ${run} back`,
    module: 'record',
    action: 'set',
    target: `run ${run}`,
    detail: 'taken back',
    phase: 'prepare',
    steps: [{ describe: `mark ${run} as taken back`, script: closeRecordScript(run, 'undone') }],
    notify: [],
    undo: { describe: `mark ${run} as standing`, script: closeRecordScript(run, state) },
  };
}

function notesOf({ changes }: RunRecord): readonly string[] {
  return changes.flatMap(({ action, target }) => {
    if (action === 'install') return [`${target} stays installed`];
    return action === 'run' ? [`${target} was run, and cannot be taken back`] : [];
  });
}
