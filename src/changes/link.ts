import { z } from 'zod';
import { fileSubject } from '../facts/system/file.ts';
import { type Kind, swap } from './kind.ts';
import { pathShape } from './version.ts';

const side = z.enum(['link', 'absent']);
const shape = z.strictObject({ kind: z.literal('link'), target: pathShape, before: side, after: side });

/** A symbolic link, removed, or restored from the host's backup. */
export type LinkChange = z.infer<typeof shape>;

export const linkKind: Kind<LinkChange> = {
  shape,
  invert: swap,
  fields: ({ target, after }) => ({ target, after }),
  describe: ({ target, after }) => (after === 'absent' ? `remove ${target}` : `put the link ${target} back`),
  isDue: async ({ target, before }, ask) => (await ask(fileSubject, target)).type === before,
};
