import { z } from 'zod';
import type { Kind } from './kind.ts';

const shape = z.strictObject({
  kind: z.literal('wait'),
  target: z.string(),
  /** A script that only looks, and exits 0 when the wait is over. */
  condition: z.string(),
  /** Seconds. */
  timeout: z.number().positive(),
});

/** A wait leaves nothing behind. No inverse. */
export type WaitChange = z.infer<typeof shape>;

export const waitKind: Kind<WaitChange> = {
  shape,
  invert: () => undefined,
  fields: ({ condition, timeout }) => ({ condition, timeout: String(timeout), rounds: String(Math.ceil(timeout * 5)) }),
  describe: ({ target }) => `wait for ${target}`,
  timeoutMs: ({ timeout }) => timeout * 2000 + 10_000,
};
