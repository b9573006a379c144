import type { Change } from '../changes/change.ts';

/**
 * The change with a record, made on the host before it begins, of the handlers that have to run after it. Whatever cuts the
 * apply short, the next one reads the record and runs them although no file differs any more.
 */
export function owing(change: Change, handlers: readonly string[]): Change {
  return handlers.length === 0 ? change : { ...change, owes: [...(change.owes ?? []), ...handlers] };
}

/** The change with the record of these handlers taken away once it has succeeded. */
export function paying(change: Change, handlers: readonly string[]): Change {
  return handlers.length === 0 ? change : { ...change, pays: [...(change.pays ?? []), ...handlers] };
}
