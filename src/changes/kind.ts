import type { z } from 'zod';
import type { Ask } from '../facts/reader/subject.ts';

/** Values of a line for the host program. */
export type Fields = Readonly<Record<string, string>>;

/** One kind of change: everything about it but what the host does, which is `change_KIND` in src/host/change-KIND.sh. */
export interface Kind<C> {
  /** Run records and saved plans hold a change in this shape. */
  readonly shape: z.ZodType<C>;
  /** The change back; pure. Undefined where there is none: the plan says so. */
  readonly invert: (change: C) => C | undefined;
  /** The fields of its line. */
  readonly fields: (change: C) => Fields;
  /** A verb phrase: "stop nginx". */
  readonly describe: (change: C) => string;
  /** The same where the change takes another one back: "set net.ipv4.ip_forward back to 0". Default: `describe`. */
  readonly describeBack?: (change: C) => string;
  /** Whether `before` is on the host, so that there is something to do; undefined, or no function: nobody can tell. */
  readonly isDue?: (change: C, ask: Ask) => Promise<boolean | undefined>;
  /** Milliseconds that the host may take; default 60,000. */
  readonly timeoutMs?: (change: C) => number;
}

/** The inverse of a change that says what was there before and what is there after. */
export function swap<C extends { readonly before: unknown; readonly after: unknown }>(change: C): C {
  return { ...change, before: change.after, after: change.before };
}
