import { z } from 'zod';
import { sysctlSubject } from '../facts/system/sysctl.ts';
import { type Kind, swap } from './kind.ts';

const shape = z.strictObject({
  kind: z.literal('sysctl'),
  target: z.string(),
  before: z.string(),
  after: z.string(),
});

/** The live value of a kernel parameter. */
export type SysctlChange = z.infer<typeof shape>;

export const sysctlKind: Kind<SysctlChange> = {
  shape,
  invert: swap,
  fields: ({ target, before, after }) => ({ target, before, after }),
  describe: ({ target }) => `set ${target}`,
  describeBack: ({ target, after }) => `set ${target} back to ${after}`,
  isDue: async ({ target, before }, ask) => {
    const { live } = await ask(sysctlSubject, target);
    return live !== null && spaced(live) === spaced(before);
  },
};

/** The kernel shows values of several numbers with tabs between them. */
export function spaced(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}
