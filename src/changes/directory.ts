import { z } from 'zod';
import { probeSubject } from '../facts/system/probe.ts';
import { quote } from '../transport/quote.ts';
import { type Kind, swap } from './kind.ts';
import { attributesShape, pathShape } from './version.ts';

const shape = z.strictObject({
  kind: z.literal('directory'),
  target: pathShape,
  before: attributesShape.nullable(),
  after: attributesShape.nullable(),
});

/** A directory, made, or removed where it is empty and belongs to no package. */
export type DirectoryChange = z.infer<typeof shape>;

export const directoryKind: Kind<DirectoryChange> = {
  shape,
  invert: swap,
  fields: ({ target, after }) => ({
    target,
    ...(after === null
      ? { after: 'absent' }
      : { after: 'there', after_mode: after.mode, after_owner: `${after.owner}:${after.group}` }),
  }),
  describe: ({ target, after }) =>
    after === null ? `remove the directory ${target} if it is empty` : `make the directory ${target}`,
  isDue: ({ target, after }, ask) => ask(probeSubject, after === null ? isOwn(target) : `[ ! -e ${quote(target)} ]`),
};

/**
 * A script that looks whether a directory is there and belongs to no package. `leaving`: names in it that will be gone by
 * then; anything else in it is a reason against.
 */
export function isOwn(directory: string, leaving?: readonly string[]): string {
  const others = `ls -A -- "$d" | grep -vxF ${['', ...(leaving ?? [])].map((name) => `-e ${quote(name)}`).join(' ')}`;
  return `d=${quote(directory)}
owned() {
  if command -v rpm >/dev/null && rpm -qf "$d" >/dev/null 2>&1; then return 0; fi
  command -v dpkg-query >/dev/null && dpkg-query -S "$d" >/dev/null 2>&1
}
[ -d "$d" ] && [ ! -L "$d" ] && ! owned${leaving === undefined ? '' : ` && [ -z "$(${others})" ]`}`;
}
