import type { Writable } from 'node:stream';
import type { Emit } from '../apply/events.ts';
import type { Redact } from './text.ts';

/** Draws an apply's events. `close` is called once, at the end and after an exception; it restores the terminal. */
export interface ApplyView {
  readonly emit: Emit;
  close(): void;
}

export interface ApplyViewOptions {
  readonly out: Writable;
  /** For the proposed next commands. */
  readonly inventoryPath: string;
  readonly verbose: boolean;
  readonly colour: boolean;
  readonly unicode?: boolean;
  /** Size of the terminal where `out` does not tell; default 80 x 24. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly redact?: Redact;
  /** Milliseconds; default Date.now. */
  readonly now?: () => number;
}
