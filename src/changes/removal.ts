import { z } from 'zod';
import { type Kind, swap } from './kind.ts';

const side = z.enum(['kept', 'removed']);
const shape = z.strictObject({ kind: z.literal('removal'), before: side, after: side });

/** The mark that everything but haprov's state directory is gone; the directory goes when the run that set it ends. */
export type RemovalChange = z.infer<typeof shape>;

export const removalKind: Kind<RemovalChange> = {
  shape,
  invert: swap,
  fields: ({ after }) => ({ after }),
  describe: ({ after }) => (after === 'removed' ? 'mark the state directory as done with' : 'keep the state directory'),
};
