import { createHash } from 'node:crypto';
import type { Change } from '../../changes/change.ts';
import type { RunState } from '../../changes/record.ts';
import { type RunRecord, runRecordShape } from '../../changes/run-record.ts';
import { type Step, stepOf } from '../../changes/steps.ts';
import type { HostCall } from '../../host/client.ts';

/** Records that a host keeps. */
const KEPT = 30;

/** Writes a record on its host, on disk and for root alone, before the first of its changes; older ones make room. */
export function recordStep(record: RunRecord): Step {
  return { describe: 'write down what will be changed', call: recordCall(record) };
}

export function recordCall(record: RunRecord): HostCall {
  // The order of the shape's keys: what closes the record finds `state` before anything of the changes.
  const content = `${JSON.stringify(runRecordShape.parse(record))}\n`;
  const sum = createHash('sha256').update(content).digest('hex');
  return { verb: 'record-write', args: { run: record.run, sum, keep: KEPT }, content };
}

/**
 * Clears earlier versions of files that others cannot read away from what the host keeps, but for the one that this run
 * replaced: the last run can be rolled back, and no older password stays. Undefined where it replaced none.
 */
export function pruneStep(changes: readonly Change[]): Step | undefined {
  const replaced = changes.flatMap(({ data }) =>
    data.flatMap((one) =>
      one.kind === 'file' && one.before?.mode.endsWith('0') === true ? [[one.target, one.before.sha256] as const] : [],
    ),
  );
  // Of several changes of one file the first has the version from before the run.
  const lines = [...new Map(replaced.toReversed())].map(([path, sha256]) => `${sha256} ${path}\n`);
  if (lines.length === 0) return undefined;
  return { describe: 'clear old secrets away', call: { verb: 'prune', content: lines.join('') } };
}

/**
 * Says what became of a run, in the record that its host has of it; nothing where that has made room for newer ones. May be
 * run again.
 */
export function closeRecordStep(run: string, state: RunState): Step {
  return stepOf({ kind: 'record', target: run, before: 'open', after: state });
}
