import type { FileChange } from '../../changes/file.ts';
import type { ChangeData } from '../../changes/registry.ts';
import type { RunRecord } from '../../changes/run-record.ts';
import type { FileVersion } from '../../changes/version.ts';

/** What a run did to one file of a host, however many of its changes did it. */
export interface RecordedFile {
  readonly path: string;
  readonly before: FileVersion | null;
  /** sha256 of what the run left there; null where it removed the file. */
  readonly after: string | null;
  /** sha256 of versions on the way. */
  readonly between: readonly string[];
  readonly task: string;
  readonly notify: readonly string[];
}

/** Whether anything of the run stands, as far as the record tells. */
export function isLive({ state }: RunRecord): boolean {
  return state === 'done' || state === 'open';
}

/** The files whose content the run replaced, the one that it came to last first. */
export function filesOf({ changes }: RunRecord): readonly RecordedFile[] {
  const files = new Map<string, RecordedFile>();
  for (const change of changes) {
    for (const { target, before, after, between = [] } of change.data.filter(isContent)) {
      const earlier = files.get(target);
      files.delete(target);
      files.set(target, {
        path: target,
        before: earlier === undefined ? before : earlier.before,
        after: after?.sha256 ?? null,
        between: [...(earlier?.between ?? []), ...(earlier?.after == null ? [] : [earlier.after]), ...between],
        task: change.task,
        notify: [...new Set([...(earlier?.notify ?? []), ...change.notify])],
      });
    }
  }
  return [...files.values()].reverse();
}

/** Whether it is about a file's content: what several changes of a run did to that is taken back as one. */
export function isContent(change: ChangeData): change is FileChange {
  return change.kind === 'file';
}

/** A file that is no longer as the run left it. */
export interface Conflict {
  readonly path: string;
  /** The later run that left it as it is; undefined: nobody that haprov knows of. */
  readonly by: RunRecord | undefined;
}

/**
 * Whether a file has the version from before the run, the run's own, or another one: then somebody changed it since.
 * `now`: its sha256; null where it is not there.
 */
export function judgeFile(
  file: RecordedFile,
  now: string | null,
  run: RunRecord,
  records: readonly RunRecord[],
): 'old' | 'new' | Conflict {
  if (now === (file.before?.sha256 ?? null)) return 'old';
  if (now === file.after || (now !== null && file.between.includes(now))) return 'new';
  const later = records.filter((one) => one.run > run.run && isLive(one));
  const touching = later.filter((one) => filesOf(one).some(({ path }) => path === file.path));
  const by = touching.find((one) => filesOf(one).some(({ path, after }) => path === file.path && after === now));
  return { path: file.path, by: by ?? touching[0] };
}
