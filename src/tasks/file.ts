import { z } from 'zod';
import { versionOf } from '../changes/backup.ts';
import type { Change } from '../changes/change.ts';
import type { ChangeData } from '../changes/registry.ts';
import { HaprovError } from '../errors.ts';
import { type FileFact, fileSubject } from '../facts/system/file.ts';
import { absolutePath, ownership } from './arguments.ts';
import { type Module, NOTHING, type TaskContext } from './task.ts';

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
    data: [removalOf(args.path, fact)],
  };
}

/** A copy is kept of a file and of a link; a socket, a pipe or a device is nothing to keep. */
function removalOf(target: string, fact: Exclude<FileFact, { type: 'absent' }>): ChangeData {
  if (fact.type === 'link') return { kind: 'link', target, before: 'link', after: 'absent' };
  const before = versionOf(fact);
  if (before === null) return { kind: 'command', argv: ['rm', '-f', '--', target], timeout: 60 };
  return { kind: 'file', target, before, after: null };
}

function planDirectory(args: Args, fact: FileFact, context: TaskContext): Change | undefined {
  if (fact.type !== 'absent' && fact.type !== 'directory') {
    throw new HaprovError(`${args.path} is not a directory`, { host: context.host.id, action: `plan ${args.path}` });
  }
  const same =
    fact.type === 'directory' && fact.mode === args.mode && fact.owner === args.owner && fact.group === args.group;
  if (same) return undefined;
  const { path: target, mode, owner, group } = args;
  const after = { mode, owner, group };
  const before = fact.type === 'absent' ? null : { mode: fact.mode, owner: fact.owner, group: fact.group };
  return {
    ...common(args, context),
    action: before === null ? 'create' : 'set',
    detail: `directory, mode ${mode}, ${owner}:${group}`,
    phase: 'prepare',
    data: [
      before === null ? { kind: 'directory', target, before, after } : { kind: 'attributes', target, before, after },
    ],
  };
}

function common(args: Args, context: TaskContext): Pick<Change, 'task' | 'module' | 'target' | 'notify'> {
  return { task: context.task, module: 'file', target: args.path, notify: context.notify };
}
