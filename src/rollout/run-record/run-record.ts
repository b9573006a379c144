import type { RecordedChange, RunRecord } from '../../changes/run-record.ts';
import type { Change } from '../../tasks/change.ts';

/** Who ran what, where. */
export type RunHeading = Pick<RunRecord, 'run' | 'who' | 'why' | 'at' | 'cluster' | 'host'>;

/** The record of a run that is about to make these changes. Neither contents of files nor diffs are in it. */
export function recordOf(heading: RunHeading, changes: readonly Change[]): RunRecord {
  const { run, who, why, at, cluster, host } = heading;
  return { format: 1, run, who, why, at, cluster, host, state: 'open', changes: changes.map(recordedChange) };
}

function recordedChange(change: Change): RecordedChange {
  const { task, module, action, target, detail, notify, unit, undo } = change;
  const heading = { task, module, action, target, detail, notify: [...notify] };
  return { ...heading, ...(unit === undefined ? {} : { unit }), undo: undo === undefined ? null : recordedUndo(undo) };
}

function recordedUndo(undo: NonNullable<Change['undo']>): RecordedChange['undo'] {
  const { describe, script, needed, redo, file } = undo;
  const scripts = { script, ...(needed === undefined ? {} : { needed }), ...(redo === undefined ? {} : { redo }) };
  if (file === undefined) return { describe, ...scripts };
  const { path, before, after, between } = file;
  const kept = { path, before, after, ...(between === undefined ? {} : { between: [...between] }) };
  // Mode and owner changed, and the content did not: only the script knows to what.
  return before !== null && before.sha256 === after ? { describe, ...scripts, file: kept } : { describe, file: kept };
}
