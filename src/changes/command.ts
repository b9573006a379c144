import { z } from 'zod';
import { command } from '../transport/quote.ts';
import type { Kind } from './kind.ts';

const shape = z.strictObject({
  kind: z.literal('command'),
  argv: z.array(z.string()).min(1),
  /** Seconds. */
  timeout: z.number().positive(),
});

/** A command of the user's own. No inverse. */
export type CommandChange = z.infer<typeof shape>;

export const commandKind: Kind<CommandChange> = {
  shape,
  invert: () => undefined,
  fields: ({ argv }) => ({ line: command(argv) }),
  describe: ({ argv }) => `run ${command(argv)}`,
  timeoutMs: ({ timeout }) => timeout * 1000,
};
