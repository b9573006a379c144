import { setTimeout as sleep } from 'node:timers/promises';
import { type HaprovResult, startHaprov } from './haprov.ts';

/** A moment of a run by how far it had come, so that it is the same one when the machine is slower. */
export interface Moment {
  /** Lines of `apply --json` that are printed by then. */
  readonly lines: number;
  /** Milliseconds after the last of these. */
  readonly ms: number;
}

/** What came of a run that was to be killed. */
export interface Kill {
  readonly moment: Moment;
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

/** The moment at a fraction of a run whose lines were printed at these times, in milliseconds, in order. */
export function momentAt(fraction: number, times: readonly number[]): Moment {
  const at = fraction * (times.at(-1) ?? 0);
  const lines = times.filter((time) => time <= at).length;
  return { lines, ms: Math.round(at - (times[lines - 1] ?? 0)) };
}

/** Runs haprov, with --json among its arguments, and kills it with SIGKILL at that moment. */
export async function killHaprov(args: readonly string[], moment: Moment): Promise<Kill> {
  const run = startHaprov(args);
  await run.printed(moment.lines);
  await Promise.race([sleep(moment.ms), run.ended]);
  run.signal('SIGKILL');
  const result = await run.ended;
  return { moment, killed: result.signal === 'SIGKILL', result };
}
