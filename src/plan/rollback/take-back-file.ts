import { contentSubject, type FileFact, fileSubject } from '../../facts/system/file.ts';
import type { Change, FileVersion } from '../../tasks/change.ts';
import { keptPath, OF_PACKAGE } from '../../tasks/keep-file.ts';
import { removeScript, stagedPath, stageScript, swapScript } from '../../tasks/replace-file.ts';
import type { TaskContext } from '../../tasks/task.ts';
import { undoFile, versionOf } from '../../tasks/undo-file.ts';
import { quote } from '../../transport/quote.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';
import { TakeBackError } from './errors.ts';
import { shownDiff } from './masked-diff.ts';
import { keepalivedStep } from './old-keepalived-conf.ts';
import type { RecordedFile } from './recorded.ts';

/** Where the old version of a file is: its attributes, and the copy on the host. */
interface Old extends FileVersion {
  readonly copy: string;
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
    old === null ? null : ask(contentSubject, old.copy),
  ]);
  const diff = shownDiff(path, { version: current, text }, { version: old, text: oldText }, context.redact);
  const common = { task: file.task, module: 'file', target: path, notify: file.notify, diff } as const;
  if (old === null) {
    if (current === null) throw new Error(`${path} is not there, so that there is nothing to remove`);
    return {
      ...common,
      action: 'remove',
      detail: 'it was not there before the run',
      phase: 'activate',
      steps: [{ describe: `remove ${path}`, script: removeScript(path, current.sha256) }],
      undo: undoFile({ path, before: current, after: null }),
    };
  }
  if (oldText === null) {
    throw new TakeBackError(`the old ${path} is no longer kept on the host`, {
      host: host.id,
      action: 'plan rollback',
    });
  }
  const target = { path, ...old, before: current?.sha256 ?? null };
  const conf = activates && path === HOST_PATHS.keepalivedConf ? keepalivedStep(oldText, text) : undefined;
  const stage = [
    { describe: `copy the old ${path}`, script: stageScript(target, old.copy) },
    ...(conf === undefined ? [] : [{ describe: `test the old ${path}`, script: conf.test }]),
  ];
  const swap = [{ describe: `put ${path} back`, script: swapScript(target) }];
  return {
    ...common,
    action: current === null ? 'create' : 'update',
    detail: `mode ${old.mode}, ${old.owner}:${old.group}`,
    // What is not there yet is noticed by nobody, and may be what the test of another file looks for.
    ...(current === null && path !== HOST_PATHS.keepalivedConf
      ? { phase: 'prepare' as const, steps: [...stage, ...swap] }
      : { phase: 'activate' as const, stage, steps: swap }),
    unstage: [{ describe: `clear the copy of ${path} away`, script: `rm -f -- ${quote(stagedPath(path))}` }],
    undo: undoFile({ path, before: current, after: old.sha256 }),
    ...(conf === undefined || conf.peerVisible.length === 0 ? {} : { peerVisible: conf.peerVisible }),
  };
}

/** What a package brought in the run itself counts as old, as for the undo of the run. */
async function findOld({ path, before }: RecordedFile, { ask }: TaskContext): Promise<Old | null> {
  if (before !== null) return { ...before, copy: keptPath(path, before.sha256) };
  if (path === HOST_PATHS.keepalivedConf) return null;
  const copy = keptPath(path, OF_PACKAGE);
  const version = versionOf(await ask(fileSubject, copy));
  return version === null ? null : { ...version, copy };
}
