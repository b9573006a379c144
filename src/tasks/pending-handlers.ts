import { OWED_DIRECTORY } from '../facts/state/pending-handlers.ts';
import { STATE_DIRECTORY } from '../facts/state/state-directory.ts';
import { quote } from '../transport/quote.ts';
import type { Change, Step } from './change.ts';

/**
 * The change with a record, made on the host before its first step, of the handlers that have to run after it. Whatever
 * cuts the apply short, the next one reads the record and runs them although no file differs any more.
 */
export function owing(change: Change, handlers: readonly string[]): Change {
  const [first, ...rest] = change.steps;
  if (first === undefined || handlers.length === 0) return change;
  const files = handlers.map(owedFile).join(' ');
  const record = `(set -eu; umask 077; mkdir -p ${STATE_DIRECTORY} ${OWED_DIRECTORY}; touch ${files}; sync ${OWED_DIRECTORY}) || exit 1`;
  return { ...change, steps: [{ ...first, script: `${record}\n${first.script}` }, ...rest] };
}

/** The change with the record of these handlers taken away once it has succeeded. */
export function paying(change: Change, handlers: readonly string[]): Change {
  if (handlers.length === 0) return change;
  const step: Step = { describe: `clear the record of ${handlers.join(', ')}`, script: settledScript(handlers) };
  return { ...change, steps: [...change.steps, step] };
}

/** Clears the record of handlers that have done their work, or whose work was done otherwise. */
export function settledScript(handlers: readonly string[]): string {
  return handlers.length === 0 ? ':' : `rm -f ${handlers.map(owedFile).join(' ')}`;
}

function owedFile(handler: string): string {
  return quote(`${OWED_DIRECTORY}/${encodeURIComponent(handler)}`);
}
