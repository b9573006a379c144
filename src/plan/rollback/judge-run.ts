import { invert } from '../../changes/registry.ts';
import type { RunRecord } from '../../changes/run-record.ts';
import { type Conflict, filesOf, isLive, judgeFile } from './recorded.ts';

/**
 * Whether a run can be taken back on its host. clean: all that haprov can take back. kept: it did nothing but what stays
 * (packages). blocked: files were changed since. undone, put-back: nothing of it stands.
 */
export type RunVerdict =
  | { readonly kind: 'clean'; readonly packages: boolean }
  | { readonly kind: 'kept' | 'undone' | 'put-back' }
  | { readonly kind: 'blocked'; readonly conflicts: readonly Conflict[] };

/** `hashes`: sha256 of each file that the run replaced, as it is now; null where it is not there. */
export function judgeRun(
  record: RunRecord,
  records: readonly RunRecord[],
  hashes: ReadonlyMap<string, string | null>,
): RunVerdict {
  if (!isLive(record)) return { kind: record.state === 'undone' ? 'undone' : 'put-back' };
  const conflicts = filesOf(record).flatMap((file) => {
    const verdict = judgeFile(file, hashes.get(file.path) ?? null, record, records);
    return typeof verdict === 'string' ? [] : [verdict];
  });
  if (conflicts.length > 0) return { kind: 'blocked', conflicts };
  const undoable = record.changes.some(({ data }) => data.some((one) => invert(one) !== undefined));
  const packages = record.changes.some(({ action }) => action === 'install');
  return undoable ? { kind: 'clean', packages } : { kind: 'kept' };
}
