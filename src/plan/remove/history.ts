import type { RecordedChange, RunRecord } from '../../changes/run-record.ts';
import type { FileVersion } from '../../tasks/change.ts';
import { filesOf } from '../rollback/recorded.ts';

/** All that is known of a file that haprov has written. */
export interface FileHistory {
  readonly path: string;
  /** What stood there before the first run that is known; null for nothing. */
  readonly original: FileVersion | null;
  /** sha256 of every version that haprov has put there. */
  readonly written: ReadonlySet<string>;
  readonly task: string;
  readonly notify: readonly string[];
}

/** A rollback put back what was there, or what another run had written: it has nothing of its own. */
function isOwnWork({ changes }: RunRecord): boolean {
  return changes.every(({ module }) => module !== 'record');
}

/** The files of all runs that the host has records of, by path. */
export function historyOf(records: readonly RunRecord[]): ReadonlyMap<string, FileHistory> {
  const files = new Map<string, FileHistory>();
  for (const record of records.filter(isOwnWork).toReversed()) {
    for (const { path, before, after, between, task, notify } of filesOf(record)) {
      const earlier = files.get(path);
      files.set(path, {
        path,
        original: earlier === undefined ? before : earlier.original,
        written: new Set([...(earlier?.written ?? []), ...between, ...(after === null ? [] : [after])]),
        task,
        notify: [...new Set([...(earlier?.notify ?? []), ...notify])],
      });
    }
  }
  return files;
}

/** Changes of all runs that nothing but their scripts take back, the latest first, each once. */
export function scriptsOf(records: readonly RunRecord[], modules: readonly string[]): readonly RecordedChange[] {
  const changes = records
    .filter(isOwnWork)
    .flatMap((record) => record.changes.toReversed())
    .filter(({ module, undo }) => modules.includes(module) && undo?.script !== undefined);
  return [...new Map(changes.map((change) => [change.undo?.script, change])).values()];
}

/** Names of the packages that haprov has installed. */
export function packagesOf(records: readonly RunRecord[]): readonly string[] {
  const targets = records.flatMap(({ changes }) =>
    changes.flatMap(({ module, action, target }) => (module === 'package' && action === 'install' ? [target] : [])),
  );
  return [...new Set(targets.flatMap((target) => target.replace(/^package /, '').split(', ')))];
}
