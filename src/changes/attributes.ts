import { z } from 'zod';
import { fileSubject } from '../facts/system/file.ts';
import { type Kind, swap } from './kind.ts';
import { attributesShape, pathShape, sha256Shape } from './version.ts';

const shape = z.strictObject({
  kind: z.literal('attributes'),
  target: pathShape,
  /** Of the file, which keeps its content; absent for a directory. */
  sha256: sha256Shape.optional(),
  before: attributesShape,
  after: attributesShape,
});

/** Mode and owner of a file or directory. */
export type AttributesChange = z.infer<typeof shape>;

export const attributesKind: Kind<AttributesChange> = {
  shape,
  invert: swap,
  fields: ({ target, sha256, before, after }) => ({
    target,
    ...(sha256 === undefined ? {} : { sha256 }),
    before_mode: before.mode,
    before_owner: `${before.owner}:${before.group}`,
    after_mode: after.mode,
    after_owner: `${after.owner}:${after.group}`,
  }),
  describe: ({ target, after: { mode, owner, group } }) => `set mode ${mode}, ${owner}:${group} of ${target}`,
  describeBack: ({ target }) => `put owner and mode of ${target} back`,
  isDue: async ({ target, before }, ask) => {
    const fact = await ask(fileSubject, target);
    if (fact.type !== 'file' && fact.type !== 'directory') return false;
    return fact.mode === before.mode && fact.owner === before.owner && fact.group === before.group;
  },
};
