import { setTimeout as sleep } from 'node:timers/promises';
import { type HaprovResult, startHaprov } from './haprov.ts';

/** What came of a run that was to be killed. */
export interface Kill {
  /** Milliseconds after its start. */
  readonly at: number;
  /** False where it had ended by then. */
  readonly killed: boolean;
  readonly result: HaprovResult;
}

/** So many moments, as fractions of a run's length, each in the middle of its share. */
export function spreadMoments(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index + 0.5) / count);
}

/** Deals things out in turn to so many hands; with interleaved moments each hand gets early and late ones. */
export function deal<T>(things: readonly T[], hands: number): T[][] {
  return Array.from({ length: hands }, (_, hand) => things.filter((_thing, index) => index % hands === hand));
}

/** Runs haprov and kills it with SIGKILL after so many milliseconds. */
export async function killHaprov(args: readonly string[], at: number): Promise<Kill> {
  const run = startHaprov(args);
  await Promise.race([sleep(at), run.ended]);
  run.signal('SIGKILL');
  const result = await run.ended;
  return { at, killed: result.signal === 'SIGKILL', result };
}
