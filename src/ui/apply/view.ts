import type { Writable } from 'node:stream';
import type { Emit } from '../../rollout/events.ts';
import type { Verb } from '../plan/verb.ts';
import type { Redact } from '../terminal/text.ts';

/** Draws an apply's events. `close` belongs in a `finally`: it restores the terminal. */
export interface ApplyView {
  readonly emit: Emit;
  /** Takes the view away, for a prompt or other output in the middle; the next event brings it back. */
  suspend(): void;
  /** Ends the view. What was cut short after changes began still gets a summary; JSON lines always get one. */
  close(): void;
}

export interface ApplyViewOptions {
  readonly out: Writable;
  /** For the proposed next commands. */
  readonly inventoryPath: string;
  /** Default: apply. */
  readonly verb?: Verb;
  /** The command that does the same once more, as it is typed; default: the verb and the inventory. */
  readonly again?: string;
  readonly verbose: boolean;
  /** Of plain lines failures and the summary only; default false. */
  readonly quiet?: boolean;
  readonly colour: boolean;
  readonly unicode?: boolean;
  /** Size of the terminal where `out` does not tell; default 80 x 24. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly redact?: Redact;
  /** Milliseconds; default Date.now. */
  readonly now?: () => number;
}
