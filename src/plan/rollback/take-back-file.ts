import { keptPath, OF_PACKAGE, versionOf } from '../../changes/backup.ts';
import type { Change } from '../../changes/change.ts';
import type { FileVersion } from '../../changes/version.ts';
import { contentSubject, type FileFact, fileSubject } from '../../facts/system/file.ts';
import type { TaskContext } from '../../tasks/task.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';
import { TakeBackError } from './errors.ts';
import { shownDiff } from './masked-diff.ts';
import { keepalivedStep } from './old-keepalived-conf.ts';
import type { RecordedFile } from './recorded.ts';

/** The old version of a file, and the name under which the host keeps it. */
interface Old {
  readonly version: FileVersion;
  readonly kept: string;
}

/**
 * The change that puts the version from before a run back, out of the host's own copy: no content goes through haprov but
 * for showing it. Removes the file where there was none.
 */
export async function planFileBack(
  file: RecordedFile,
  now: FileFact,
  context: TaskContext,
  { activates = true }: { readonly activates?: boolean } = {},
): Promise<Change> {
  const { path } = file;
  const { ask, host } = context;
  const [current, old] = [versionOf(now), await findOld(file, context)];
  const [text, oldText] = await Promise.all([
    current === null ? null : ask(contentSubject, path),
    old === null ? null : ask(contentSubject, keptPath(path, old.kept)),
  ]);
  const diff = shownDiff(
    path,
    { version: current, text },
    { version: old?.version ?? null, text: oldText },
    context.redact,
  );
  const common = { task: file.task, module: 'file', target: path, notify: file.notify, diff } as const;
  if (old === null) {
    if (current === null) throw new Error(`${path} is not there, so that there is nothing to remove`);
    return {
      ...common,
      action: 'remove',
      detail: 'it was not there before the run',
      phase: 'activate',
      data: [{ kind: 'file', target: path, before: current, after: null }],
    };
  }
  if (oldText === null) {
    throw new TakeBackError(`the old ${path} is no longer kept on the host`, {
      host: host.id,
      action: 'plan rollback',
      next: 'Of files with secrets a host keeps the version before the last run only. Write the old values into the inventory, then: haprov apply.',
    });
  }
  const { kept, version } = old;
  const conf = activates && path === HOST_PATHS.keepalivedConf ? keepalivedStep(oldText, text) : undefined;
  return {
    ...common,
    action: current === null ? 'create' : 'update',
    detail: `mode ${version.mode}, ${version.owner}:${version.group}`,
    // What is not there yet is noticed by nobody, and may be what the test of another file looks for.
    phase: current === null && path !== HOST_PATHS.keepalivedConf ? 'prepare' : 'activate',
    data: [{ kind: 'file', target: path, before: current, after: version }],
    upload: { from: { kept }, ...(conf === undefined ? {} : { test: conf.test }) },
    ...(conf === undefined || conf.peerVisible.length === 0 ? {} : { peerVisible: conf.peerVisible }),
  };
}

/** What a package brought in the run itself counts as old, as for a revert of the run. */
async function findOld({ path, before }: RecordedFile, { ask }: TaskContext): Promise<Old | null> {
  if (before !== null) return { version: before, kept: before.sha256 };
  if (path === HOST_PATHS.keepalivedConf) return null;
  const version = versionOf(await ask(fileSubject, keptPath(path, OF_PACKAGE)));
  return version === null ? null : { version, kept: OF_PACKAGE };
}
