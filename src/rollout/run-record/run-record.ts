import type { Change } from '../../changes/change.ts';
import type { RecordedChange, RunRecord } from '../../changes/run-record.ts';

/** Who ran what, where. */
export type RunHeading = Pick<RunRecord, 'run' | 'who' | 'why' | 'at' | 'cluster' | 'host'>;

/** The record of a run that is about to make these changes. Neither contents of files nor diffs are in it. */
export function recordOf(heading: RunHeading, changes: readonly Change[]): RunRecord {
  const { run, who, why, at, cluster, host } = heading;
  return { format: 2, run, who, why, at, cluster, host, state: 'open', changes: changes.map(recordedChange) };
}

function recordedChange({ task, module, action, target, detail, notify, unit, data }: Change): RecordedChange {
  const heading = { task, module, action, target, detail, notify: [...notify] };
  return { ...heading, ...(unit === undefined ? {} : { unit }), data: [...data] };
}
