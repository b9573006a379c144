import { z } from 'zod';
import { type Fields, type Kind, swap } from './kind.ts';
import { pathShape, sha256Shape, versionShape } from './version.ts';

const shape = z.strictObject({
  kind: z.literal('file'),
  target: pathShape,
  before: versionShape.nullable(),
  after: versionShape.nullable(),
  /** sha256 of versions that are there for one reload on the way. */
  between: z.array(sha256Shape).optional(),
  /** A command that has to succeed with the file in place; where it fails the host restores the old version. */
  check: z.string().optional(),
});

/** The content of a regular file, made, replaced or removed. New content is uploaded beside it first; old content is in the host's backup. */
export type FileChange = z.infer<typeof shape>;

export const fileKind: Kind<FileChange> = {
  shape,
  invert: swap,
  fields: ({ target, before, after, between = [], check }) => ({
    target,
    before: before?.sha256 ?? 'absent',
    ...versionFields('before', before),
    after: after?.sha256 ?? 'absent',
    ...versionFields('after', after),
    ...(between.length === 0 ? {} : { between: between.join(',') }),
    ...(check === undefined ? {} : { check }),
  }),
  describe: ({ target, after }) => (after === null ? `remove ${target}` : `put ${target} in place`),
  describeBack: ({ target, after }) => (after === null ? `remove ${target}` : `put ${target} back`),
};

function versionFields(side: string, version: FileChange['before']): Fields {
  return version === null
    ? {}
    : { [`${side}_mode`]: version.mode, [`${side}_owner`]: `${version.owner}:${version.group}` };
}
