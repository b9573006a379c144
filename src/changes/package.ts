import { z } from 'zod';
import type { Kind } from './kind.ts';

const side = z.enum(['absent', 'installed']);
const shape = z.strictObject({
  kind: z.literal('package'),
  family: z.enum(['debian', 'rhel']),
  names: z.array(z.string()).min(1),
  /** Units that the packages must not start while they are installed. */
  hold: z.array(z.string()),
  before: side,
  after: side,
});

/** Packages, installed, or removed with their configuration. No inverse: a package stays until `remove --purge`. */
export type PackageChange = z.infer<typeof shape>;

export const packageKind: Kind<PackageChange> = {
  shape,
  invert: () => undefined,
  fields: ({ family, names, hold, after }) => ({ family, names: names.join(' '), hold: hold.join(' '), after }),
  describe: ({ names, after }) => `${after === 'installed' ? 'install' : 'remove'} ${names.join(', ')}`,
  // A slow mirror and a held lock together; the host's own lock wait is 300 s.
  timeoutMs: ({ after }) => (after === 'installed' ? 1_200_000 : 600_000),
};
