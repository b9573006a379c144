import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from '../../../../src/transport/session.ts';
import type { Stage, Wish } from '../../../support/contract/stage.ts';

/** One thing that holds whatever the client and the server. */
export type Case = {
  /** A sentence, unique in its group. */
  readonly name: string;
} & (
  | {
      /** What its machine has to be like; a rig that cannot make one leaves the case out. */
      readonly wish?: Wish;
      /** What it asks for beyond `wish`, where that differs by step. */
      readonly also?: readonly Wish[];
      readonly play: (stage: Stage, wish: Wish) => Promise<void>;
    }
  | {
      /** Plays on a session to a good machine, which it shares with other cases and leaves as it was. */
      readonly onSession: (session: Session) => Promise<void>;
    }
);

/** Cases of one subject. */
export interface Group {
  readonly title: string;
  readonly cases: readonly Case[];
}

/** The error of something that has to fail. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => new Error('nothing failed'),
    (error: unknown) => error,
  );
}

/**
 * Tries with more and more time until the outcome is the one that is meant, and gives the last one: what takes a
 * moment on a quiet machine takes seconds on a busy one, and the wrong thing would run out of time.
 */
export async function enough<T>(
  times: readonly number[],
  attempt: (time: number) => Promise<T>,
  isMeant: (outcome: T) => boolean,
): Promise<T | undefined> {
  let outcome: T | undefined;
  for (const time of times) {
    outcome = await attempt(time);
    if (isMeant(outcome)) break;
  }
  return outcome;
}

/** Waits until it is so; a case that waits for what never comes ends by its own time. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(10);
}
