import type { LogEntry } from './entry.ts';

/** A line that has come, and when (milliseconds). */
export interface Arrived {
  readonly entry: LogEntry;
  readonly at: number;
}

/**
 * What may be shown of lines that come from many hosts while they are written: those that have waited `hold`
 * milliseconds for older ones of slower hosts, and all that is older than these, in time order. With more than `most`
 * lines waiting the oldest go at once: memory is bounded, the order then is not kept.
 */
export function release(
  waiting: readonly Arrived[],
  now: number,
  { hold, most }: { readonly hold: number; readonly most: number },
): { readonly ready: readonly LogEntry[]; readonly rest: readonly Arrived[] } {
  const sorted = [...waiting].sort((a, b) => a.entry.time - b.entry.time || a.at - b.at);
  const due = sorted.findLastIndex(({ at }) => now - at >= hold);
  const count = Math.max(due + 1, sorted.length - most);
  return { ready: sorted.slice(0, count).map(({ entry }) => entry), rest: sorted.slice(count) };
}
