/** A scenario's time as a place in a drawing, in percent of its width: it fits every screen, and its text keeps its size. */
export interface Scale {
  /** Milliseconds that the whole width stands for. */
  readonly duration: number;
  /** "12.5%", from milliseconds. */
  readonly x: (ms: number) => string;
  /** "12.5%": how wide a time is; never negative. */
  readonly width: (from: number, to: number) => string;
  /** Whether a text of so many characters fits into a time on the narrowest drawing. */
  readonly fits: (characters: number, from: number, to: number) => boolean;
}

/** Pixels that a timeline has at least; styles.ts keeps to it. */
export const NARROWEST = 640;

const CHARACTER = 6.6;

/** The scale of a scenario that took so many milliseconds. */
export function scaleOf(ms: number): Scale {
  const duration = Math.max(1, ms);
  const percent = (part: number): number => Math.min(100, Math.max(0, (part / duration) * 100));
  const text = (value: number): string => `${Number(value.toFixed(3))}%`;
  return {
    duration,
    x: (at) => text(percent(at)),
    width: (from, to) => text(Math.max(0, percent(to) - percent(from))),
    fits: (characters, from, to) => ((percent(to) - percent(from)) / 100) * NARROWEST > characters * CHARACTER + 8,
  };
}

/** Pixels that a text takes at most in the drawings' 12 px letters. */
export const textWidth = (characters: number): number => characters * CHARACTER;

const STEPS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000];

/** Round times for an axis, at most 12 of them, counted from `zero`; milliseconds from the scenario's start. */
export function ticks(duration: number, zero: number): readonly number[] {
  const step = STEPS.find((one) => duration / one <= 12) ?? Math.ceil(duration / 12);
  const first = Math.ceil(-zero / step) * step + zero;
  return Array.from(
    { length: Math.max(0, Math.floor((duration - first) / step) + 1) },
    (_, index) => first + index * step,
  );
}
