import { z } from 'zod';
import { HaprovError } from '../errors.ts';
import { type FileFact, fileSubject } from '../facts/system/file.ts';
import { quote } from '../transport/quote.ts';
import { absolutePath, ownership } from './arguments.ts';
import type { Change, Step } from './change.ts';
import { removeLinkScript, removeScript } from './replace-file.ts';
import { type Module, NOTHING, type TaskContext } from './task.ts';
import { undoAttributes, undoDirectory, undoFile, undoLinkRemoval, versionOf } from './undo-file.ts';

const shape = z.strictObject({
  path: absolutePath,
  state: z.enum(['directory', 'absent']),
  ...ownership,
  mode: ownership.mode.unwrap().default('0755'),
});
type Args = z.infer<typeof shape>;

/** A directory that shall be there, or a file that shall not. */
export const fileModule: Module<Args> = {
  name: 'file',
  parse: (args) => shape.parse(args),
  plan: async (args, context) => {
    const fact = await context.ask(fileSubject, args.path);
    const change = args.state === 'absent' ? planAbsent(args, fact, context) : planDirectory(args, fact, context);
    return change === undefined ? NOTHING : { changes: [change], notes: [] };
  },
};

function planAbsent(args: Args, fact: FileFact, context: TaskContext): Change | undefined {
  if (fact.type === 'absent') return undefined;
  if (fact.type === 'directory') {
    throw new HaprovError(`${args.path} is a directory; haprov removes files only`, {
      host: context.host.id,
      action: `plan ${args.path}`,
    });
  }
  return {
    ...common(args, context),
    action: 'remove',
    detail: '',
    phase: 'activate',
    ...removalOf(args.path, fact),
  };
}

/** A copy is kept of a file and of a link; a socket, a pipe or a device is nothing to keep. */
function removalOf(path: string, fact: Exclude<FileFact, { type: 'absent' }>): Pick<Change, 'steps' | 'undo'> {
  const step = (script: string): Step => ({ describe: `remove ${path}`, script });
  if (fact.type === 'link') return { steps: [step(removeLinkScript(path))], undo: undoLinkRemoval(path) };
  const before = versionOf(fact);
  if (before === null) return { steps: [step(`rm -f -- ${quote(path)}`)] };
  return { steps: [step(removeScript(path, before.sha256))], undo: undoFile({ path, before, after: null }) };
}

function planDirectory(args: Args, fact: FileFact, context: TaskContext): Change | undefined {
  if (fact.type !== 'absent' && fact.type !== 'directory') {
    throw new HaprovError(`${args.path} is not a directory`, { host: context.host.id, action: `plan ${args.path}` });
  }
  const same =
    fact.type === 'directory' && fact.mode === args.mode && fact.owner === args.owner && fact.group === args.group;
  if (same) return undefined;
  const path = quote(args.path);
  const script = `set -eu\numask 022\nmkdir -p -- ${path}\nchown ${quote(`${args.owner}:${args.group}`)} ${path}\nchmod ${args.mode} ${path}
if command -v selinuxenabled >/dev/null && selinuxenabled; then restorecon ${path}; fi`;
  return {
    ...common(args, context),
    action: fact.type === 'absent' ? 'create' : 'set',
    detail: `directory, mode ${args.mode}, ${args.owner}:${args.group}`,
    phase: 'prepare',
    steps: [{ describe: `make the directory ${args.path}`, script }],
    undo: fact.type === 'absent' ? undoDirectory(args.path, script) : undoAttributes(args.path, fact, args),
  };
}

function common(args: Args, context: TaskContext): Pick<Change, 'task' | 'module' | 'target' | 'notify'> {
  return { task: context.task, module: 'file', target: args.path, notify: context.notify };
}
