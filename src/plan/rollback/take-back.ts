import { versionOf } from '../../changes/backup.ts';
import type { Change } from '../../changes/change.ts';
import type { RecordedChange, RunRecord } from '../../changes/run-record.ts';
import { runsSubject } from '../../changes/run-records.ts';
import { UNITS_READ } from '../../changes/unit.ts';
import { fileSubject } from '../../facts/system/file.ts';
import type { TaskContext } from '../../tasks/task.ts';
import { TakeBackError } from './errors.ts';
import { type Conflict, filesOf, isContent, isLive, judgeFile, type RecordedFile } from './recorded.ts';
import { planFileBack } from './take-back-file.ts';
import { planBack } from './take-back-other.ts';

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
  const [files, others] = await Promise.all([
    planFiles(record, records, context),
    planOthers(record, records, context),
  ]);
  const changes = inOrder(record, [...files, ...others]);
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
async function planOthers(
  record: RunRecord,
  records: readonly RunRecord[],
  { ask }: TaskContext,
): Promise<readonly Change[]> {
  const later = records.filter((one) => one.run > record.run && isLive(one)).flatMap(({ changes }) => changes);
  const isAgain = ({ module, target }: RecordedChange): boolean =>
    module === 'file' || later.some((one) => one.module === module && one.target === target);
  const due = record.changes.toReversed().flatMap((change) => {
    const others = change.data.filter((one) => !isContent(one)).toReversed();
    return isLive(record) || !isAgain(change) ? others.map((data) => [change, data] as const) : [];
  });
  const planned = await Promise.all(due.map(([change, data]) => planBack(change, data, ask, !isLive(record))));
  return planned.flatMap((change) => change ?? []);
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
  const read = (change: Change): Change =>
    change === last ? { ...change, data: [...change.data, UNITS_READ] } : change;
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
    data: [{ kind: 'record', target: run, before: state, after: 'undone' }],
    notify: [],
  };
}

function notesOf({ changes }: RunRecord): readonly string[] {
  return changes.flatMap(({ action, target }) => {
    if (action === 'install') return [`${target} stays installed`];
    return action === 'run' ? [`${target} was run, and cannot be taken back`] : [];
  });
}
