import type { Writable } from 'node:stream';
import { EXIT, type Io, type Underway } from './io.ts';

/** What signals do to the process. */
export interface Interrupts {
  readonly signal: AbortSignal;
  readonly underway: NonNullable<Io['underway']>;
  /** A signal came. */
  readonly interrupt: () => void;
}

/**
 * The first interrupt aborts: steps that run on hosts are let finish, and nothing new begins. The second ends the
 * process at once, after a last word on hosts that are in the middle of something.
 */
export function createInterrupts(err: Writable, exit: (code: number) => void): Interrupts {
  const abort = new AbortController();
  let work: Underway | undefined;
  return {
    signal: abort.signal,
    underway: (what) => {
      work = what;
    },
    interrupt: () => {
      if (abort.signal.aborted) {
        work?.cutShort();
        exit(EXIT.interrupted);
        return;
      }
      err.write(
        work === undefined
          ? '\nInterrupted.\n'
          : '\nInterrupted: finishing the running steps. Once more stops at once.\n',
      );
      abort.abort();
    },
  };
}
