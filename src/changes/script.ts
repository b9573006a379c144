import { z } from 'zod';
import { probeSubject } from '../facts/system/probe.ts';
import type { Kind } from './kind.ts';

const shape = z.strictObject({
  kind: z.literal('script'),
  describe: z.string(),
  describeBack: z.string(),
  /** Absent where nobody knows how to make it once more. */
  script: z.string().optional(),
  /** Takes it back. Absent where nothing does. */
  back: z.string().optional(),
  /** Looks only: exits 0 where what `script` makes is on the host. */
  probe: z.string().optional(),
  /** Set where `script` takes away what `probe` finds. */
  inverted: z.literal(true).optional(),
});

/**
 * A change of before changes were data. Reason to be: haprov 0.1 recorded scripts, and its runs can still be rolled back.
 * No plan makes another one.
 */
export type ScriptChange = z.infer<typeof shape>;

export const scriptKind: Kind<ScriptChange> = {
  shape,
  invert: ({ kind, describe, describeBack, script, back, probe, inverted }) => {
    if (back === undefined) return undefined;
    return {
      kind,
      describe: describeBack,
      describeBack: describe,
      script: back,
      ...(script === undefined ? {} : { back: script }),
      ...(probe === undefined ? {} : { probe }),
      ...(inverted ? {} : { inverted: true as const }),
    };
  },
  fields: ({ script = 'exit 1' }) => ({ script }),
  describe: ({ describe }) => describe,
  isDue: async ({ probe, inverted = false }, ask) =>
    probe === undefined ? undefined : (await ask(probeSubject, probe)) === inverted,
  timeoutMs: () => 120_000,
};
