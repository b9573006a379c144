import { createHash } from 'node:crypto';
import { type RunState, runId } from '../../changes/record.ts';
import { type RunRecord, runRecordShape } from '../../changes/run-record.ts';
import type { Step } from '../../changes/steps.ts';
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
 * Says what became of a run, in the record that its host has of it; nothing where that has made room for newer ones. May be
 * run again.
 */
export function closeRecordStep(run: string, state: RunState): Step {
  return { describe: 'close the run record', call: closeRecordCall(run, state) };
}

export function closeRecordCall(run: string, state: RunState): HostCall {
  return { verb: 'record-close', args: { run: runId.parse(run), state } };
}
