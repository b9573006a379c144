import { z } from 'zod';
import { runId, runState } from './record.ts';
import { changeDataShape } from './registry.ts';

/** What every form of a run record has, in this order: what closes a record finds `state` before anything of its changes. */
export const recordHeading = {
  run: runId,
  /** alice@ops1 */
  who: z.string(),
  /** "apply prod.yaml" */
  why: z.string(),
  /** ISO 8601, by the clock of the machine that ran haprov. */
  at: z.string(),
  cluster: z.string(),
  /** Host id. */
  host: z.string(),
  state: runState,
};

/** What every form of a recorded change has. */
export const changeHeading = {
  task: z.string(),
  module: z.string(),
  action: z.string(),
  target: z.string(),
  detail: z.string(),
  notify: z.array(z.string()),
  /** Of a change of a service: its unit without `.service`. */
  unit: z.string().optional(),
};

/** A record as its file has it. Holds no secret. */
export const runRecordShape = z.object({
  format: z.literal(2),
  ...recordHeading,
  /** What was planned, in its order. */
  changes: z.array(z.object({ ...changeHeading, data: z.array(changeDataShape) })),
});

/** What one run changed on one host, or meant to. */
export type RunRecord = z.infer<typeof runRecordShape>;
export type RecordedChange = RunRecord['changes'][number];
