import type { HostCall } from '../host/client.ts';
import { encodeValue } from '../host/encode.ts';
import { quote } from '../transport/quote.ts';
import { intermediatePath, sha256, stagedPath } from './backup.ts';
import type { Change, StagedTest } from './change.ts';
import type { FileChange } from './file.ts';
import { handlerNames } from './handler-names.ts';
import { type ChangeData, describe, fieldsOf, timeoutOf } from './registry.ts';

/** One thing done on a host. It exits 0 or the step failed; its stderr is the evidence. Safe to run again. */
export type Step = {
  readonly describe: string;
  readonly timeoutMs?: number;
} & (
  | { readonly call: HostCall }
  /** What is not in the host program yet. */
  | { readonly script: string; readonly stdin?: Uint8Array }
);

/** The step of a change that is none of a plan. */
export function stepOf(change: ChangeData): Step {
  return {
    describe: describe(change),
    call: { verb: 'change', kind: change.kind, args: fieldsOf(change) },
    timeoutMs: timeoutOf(change),
  };
}

/** What makes a change; for the phase prepare its uploads are part of that. */
export function stepsOf(change: Change): readonly Step[] {
  const { data, owes = [], pays = [], phase } = change;
  const made = data.map((one, index): Step => {
    const handlers = {
      ...(index > 0 || owes.length === 0 ? {} : { owes: handlerNames(owes) }),
      ...(index < data.length - 1 || pays.length === 0 ? {} : { pays: handlerNames(pays) }),
    };
    const call: HostCall = { verb: 'change', kind: one.kind, args: { ...fieldsOf(one), ...handlers } };
    return { ...stepOf(one), call };
  });
  return phase === 'prepare' ? [...stageOf(change), ...made] : made;
}

/** What is done ahead of time, while every host prepares: uploads, and their tests. */
export function stageOf({ data, upload }: Change): readonly Step[] {
  const restarts = data.filter((one) => one.kind === 'unit' && one.after === 'restarted');
  const forget = restarts.map(
    (one): Step => ({
      describe: 'forget earlier restarts',
      call: { verb: 'forget-restart', args: fieldsOf(one) },
    }),
  );
  const file = data.find((one) => one.kind === 'file');
  if (upload === undefined || file === undefined || file.after === null) return forget;
  const { from, test, intermediate } = upload;
  const copied = 'kept' in from;
  const { target } = file;
  const the = copied ? `the old ${target}` : target;
  return [
    ...forget,
    stageStep(file, file.after.sha256, from, `${copied ? 'copy' : 'upload'} ${the}`),
    ...(test === undefined
      ? []
      : [
          testStep(
            target,
            test,
            stagedPath(target),
            `${'command' in test ? 'check' : 'test'} the ${copied ? 'old' : 'new'} ${target}`,
          ),
        ]),
    ...(intermediate === undefined
      ? []
      : [
          stageStep(file, sha256(intermediate.text), intermediate, `upload a step to ${target}`, true),
          testStep(target, intermediate.test, intermediatePath(target), `test the step to ${target}`, true),
        ]),
  ];
}

/** What puts an intermediate version in place, on all hosts before any takes `stepsOf`. */
export function intermediateOf({ data, upload }: Change): readonly Step[] {
  const file = data.find((one) => one.kind === 'file');
  if (upload?.intermediate === undefined || file?.after == null) return [];
  const between: FileChange = { ...file, after: { ...file.after, sha256: sha256(upload.intermediate.text) } };
  const args = { ...fieldsOf(between), as: 'intermediate' };
  return [{ describe: `put a step to ${file.target} in place`, call: { verb: 'change', kind: 'file', args } }];
}

/** Whether an intermediate version comes first. */
export function isInTwoSteps({ upload }: Change): boolean {
  return upload?.intermediate !== undefined;
}

/** Takes away what was staged and never put in place. */
export function unstageOf({ data, upload }: Change): readonly Step[] {
  const file = data.find((one) => one.kind === 'file');
  if (upload === undefined || file === undefined) return [];
  const { target } = file;
  const what = 'kept' in upload.from ? 'copy' : 'upload';
  return [{ describe: `clear the ${what} of ${target} away`, call: { verb: 'unstage', args: { target } } }];
}

function stageStep(
  { target, after }: FileChange,
  hash: string,
  from: { readonly text: string } | { readonly kept: string },
  what: string,
  intermediate = false,
): Step {
  const owning = after === null ? {} : { owner: `${after.owner}:${after.group}`, mode: after.mode };
  const args = {
    target,
    sha256: hash,
    ...owning,
    as: intermediate ? 'intermediate' : undefined,
    kept: 'kept' in from ? from.kept : undefined,
  };
  return { describe: what, call: { verb: 'stage', args, ...('text' in from ? { content: from.text } : {}) } };
}

function testStep(target: string, test: StagedTest, path: string, what: string, intermediate = false): Step {
  const as = intermediate ? 'intermediate' : undefined;
  const args =
    'command' in test
      ? { target, as, command: test.command.replaceAll('%s', quote(path)) }
      : { target, as, interfaces: words(test.interfaces), scripts: words(test.scripts) };
  return { describe: what, call: { verb: 'test', args } };
}

/** A list within one argument: each word is encoded by itself. */
function words(list: readonly string[]): string {
  return [...new Set(list)].map(encodeValue).join(' ');
}
