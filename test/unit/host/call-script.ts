import type { Change } from '../../../src/changes/change.ts';
import type { FileChange } from '../../../src/changes/file.ts';
import { type ChangeData, fieldsOf, invert } from '../../../src/changes/registry.ts';
import { revertLines } from '../../../src/changes/revert.ts';
import type { Step } from '../../../src/changes/steps.ts';
import { changeLine, type HostCall } from '../../../src/host/client.ts';
import { hostProgram } from '../../../src/host/program.ts';

/** A call of the host program as one script, with the program in it: for hosts that are directories, whose paths a test replaces. */
export function callScript({ verb, kind = '', args = {} }: HostCall): string {
  return `set -- ${changeLine(`${verb} ${kind}`.trim(), args)}\n${hostProgram().text}`;
}

/** What a step runs. */
export function stepScript(step: Step): { readonly script: string; readonly stdin: string | Uint8Array } {
  if ('script' in step) return { script: step.script, stdin: step.stdin ?? '' };
  return { script: callScript(step.call), stdin: step.call.content ?? '' };
}

export function changeScript(change: ChangeData): string {
  return callScript({ verb: 'change', kind: change.kind, args: fieldsOf(change) });
}

/** What takes these changes back, the last one first; of a change without inverse nothing. */
export function revertScript(...changes: readonly ChangeData[]): string {
  const inverses = changes.toReversed().flatMap((change) => invert(change) ?? []);
  return listScript(inverses.map((one) => changeLine(one.kind, fieldsOf(one))));
}

/** What takes a whole run back. */
export function undoScript(changes: readonly Change[]): string {
  return listScript(revertLines(changes));
}

function listScript(list: readonly string[]): string {
  const lines = list.map((line) => `${line}\n`).join('');
  return `set -- changes reverting=1\nexec <<'HAPROV-CHANGES'\n${lines}HAPROV-CHANGES\n${hostProgram().text}`;
}

/** A file as it shall be on the host; `before`: sha256 of what was there, null for nothing. */
export interface TargetFile {
  readonly path: string;
  readonly sha256: string;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  readonly before: string | null;
}

export function fileChange({ path, before, ...after }: TargetFile, more: Partial<FileChange> = {}): FileChange {
  const old = before === null ? null : { mode: '0644', owner: 'root', group: 'root', sha256: before };
  return { kind: 'file', target: path, before: old, after, ...more };
}

export function stageScript({ path: target, sha256, mode, owner, group }: TargetFile): string {
  return callScript({ verb: 'stage', args: { target, sha256, mode, owner: `${owner}:${group}` } });
}

export function swapScript(file: TargetFile, more: Partial<FileChange> = {}): string {
  return changeScript(fileChange(file, more));
}
