/** A source of random choices that gives the same ones for the same seed. */
export interface Random {
  /** A whole number, both ends included. */
  whole(min: number, max: number): number;
  chance(of: number): boolean;
  pick<T>(all: readonly [T, ...T[]]): T;
  /** `count` of them, in a random order. */
  some<T>(all: readonly T[], count: number): readonly T[];
}

/** mulberry32: 32 bits of state, good enough to choose test data. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    whole,
    chance: (of) => next() < of,
    pick: ([first, ...rest]) => rest[whole(0, rest.length) - 1] ?? first,
    some: (all, count) => {
      const left = [...all];
      return Array.from({ length: Math.min(count, left.length) }, () =>
        left.splice(whole(0, left.length - 1), 1),
      ).flat();
    },
  };
}
