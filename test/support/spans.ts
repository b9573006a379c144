/** A stretch of time, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Something that is so, or not so, from a moment on. */
export interface Turn {
  readonly at: number;
  readonly on: boolean;
}

/** The stretches in which it is so, out of its turns in the order of time; off before the first, until `end`. */
export function spansOf(turns: readonly Turn[], end: number): Span[] {
  const spans: Span[] = [];
  let from: number | undefined;
  for (const { at, on } of turns) {
    if (on) from ??= at;
    else if (from !== undefined) {
      if (at > from) spans.push({ from, to: at });
      from = undefined;
    }
  }
  if (from !== undefined && end > from) spans.push({ from, to: end });
  return spans;
}

/** The stretches of `whole` in which exactly, at least or at most so many of the lists have a span; see `fits`. */
export function stretchesWhere(
  whole: Span,
  lists: readonly (readonly Span[])[],
  fits: (count: number) => boolean,
): Span[] {
  const edges = lists.flatMap((spans) => spans.flatMap(({ from, to }) => [from, to]));
  const inside = edges.filter((at) => at > whole.from && at < whole.to);
  const cuts = [...new Set([whole.from, ...inside, whole.to])].sort((a, b) => a - b);
  const turns = cuts.slice(0, -1).map((at): Turn => {
    const count = lists.filter((spans) => spans.some(({ from, to }) => from <= at && at < to)).length;
    return { at, on: fits(count) };
  });
  return spansOf(turns, whole.to);
}

/** Length of the longest, in milliseconds; 0 where there is none. */
export function longest(spans: readonly Span[]): number {
  return Math.max(0, ...spans.map(({ from, to }) => to - from));
}
