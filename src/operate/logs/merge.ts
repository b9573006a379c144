import type { LogEntry } from './entry.ts';

/**
 * One stream out of many, each in time order by itself: always the oldest of the next lines. Of each source one line is
 * held. Lines of the same time come in the order of the sources.
 */
export async function* mergeEntries(sources: readonly AsyncIterator<LogEntry>[]): AsyncGenerator<LogEntry> {
  const heap: Head[] = [];
  const first = await Promise.all(sources.map((source) => source.next()));
  for (const [order, result] of first.entries()) {
    const source = sources[order];
    if (result.done !== true && source !== undefined) push(heap, { entry: result.value, order, source });
  }
  for (let head = pop(heap); head !== undefined; head = pop(heap)) {
    yield head.entry;
    const next = await head.source.next();
    if (next.done !== true) push(heap, { ...head, entry: next.value });
  }
}

interface Head {
  readonly entry: LogEntry;
  readonly order: number;
  readonly source: AsyncIterator<LogEntry>;
}

function before(a: Head, b: Head): boolean {
  return a.entry.time < b.entry.time || (a.entry.time === b.entry.time && a.order < b.order);
}

/** A binary heap, so that a thousand hosts cost ten comparisons a line. */
function push(heap: Head[], head: Head): void {
  let at = heap.length;
  heap.push(head);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !before(head, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = head;
}

function pop(heap: Head[]): Head | undefined {
  const [top] = heap;
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
    const below = right !== undefined && left !== undefined && before(right, left) ? 2 * at + 2 : 2 * at + 1;
    const child = heap[below];
    if (child === undefined || !before(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
  return top;
}
