import { z } from 'zod';
import { type Kind, swap } from './kind.ts';

/** Sorts by the time of the run's start. */
export const runId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/);

/**
 * open: begun and never closed, any part of it may have been done. done: all of it was done. put-back: it failed, and the
 * host reverted it. undone: a later run rolled it back.
 */
export const runState = z.enum(['open', 'done', 'put-back', 'undone']);
export type RunState = z.infer<typeof runState>;

const shape = z.strictObject({ kind: z.literal('record'), target: runId, before: runState, after: runState });

/** What the host's record of a run says became of the run. */
export type RecordChange = z.infer<typeof shape>;

export const recordKind: Kind<RecordChange> = {
  shape,
  invert: swap,
  fields: ({ target, after }) => ({ target, after }),
  describe: ({ target, after }) => `mark ${target} as ${after === 'undone' ? 'taken back' : 'standing'}`,
};
