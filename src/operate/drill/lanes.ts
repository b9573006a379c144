import type { MemberEvent } from './member-lines.ts';
import type { Lane, LaneSpan } from './model.ts';

/** What was seen of a host, in whatever order it came. */
export interface SeenMember {
  readonly host: string;
  readonly events: readonly MemberEvent[];
}

/** A time in which somebody held the VIP, or nobody. Milliseconds. */
export interface Holding {
  readonly from: number;
  readonly to: number;
  /** Host ids, in the order of the members. */
  readonly holders: readonly string[];
}

/** The lane of a member from `from` to `to`, in milliseconds from `from`. Pure. */
export function laneOf({ host, events }: SeenMember, instance: string, vip: string, from: number, to: number): Lane {
  const own = events
    .filter(
      (event) =>
        event.kind === 'lost' || (event.kind === 'address' ? event.address === vip : event.instance === instance),
    )
    .toSorted((a, b) => a.at - b.at);
  const spans: LaneSpan[] = [];
  let state: LaneSpan['state'] = 'unseen';
  let holds = false;
  let since = from;
  const turn = (at: number): void => {
    if (at <= since) return;
    const last = spans.at(-1);
    const span = { from: since - from, to: at - from, state, holds };
    if (last !== undefined && last.state === state && last.holds === holds)
      spans[spans.length - 1] = { ...last, to: span.to };
    else spans.push(span);
    since = at;
  };
  for (const event of own) {
    if (event.at > to) break;
    turn(event.at);
    if (event.kind === 'address') holds = event.on;
    else if (event.kind === 'state') state = event.state;
    else {
      state = 'unseen';
      holds = false;
    }
  }
  turn(to);
  return { host, spans };
}

/** Who held the VIP when, out of all lanes. Pure. */
export function holdingsOf(lanes: readonly Lane[]): readonly Holding[] {
  const edges = [...new Set(lanes.flatMap(({ spans }) => spans.flatMap(({ from, to }) => [from, to])))].sort(
    (a, b) => a - b,
  );
  const found: Holding[] = [];
  for (const [index, from] of edges.slice(0, -1).entries()) {
    const to = edges[index + 1] ?? from;
    const holders = lanes.flatMap(({ host, spans }) =>
      spans.some((span) => span.holds && span.from <= from && span.to >= to) ? [host] : [],
    );
    const last = found.at(-1);
    if (last !== undefined && last.holders.join() === holders.join()) found[found.length - 1] = { ...last, to };
    else found.push({ from, to, holders });
  }
  return found;
}

/** The longest time with two holders or more, within a part of the time. Milliseconds. */
export function twoHolders(
  holdings: readonly Holding[],
  within: { readonly from: number; readonly to: number },
): number {
  let longest = 0;
  let since: number | undefined;
  for (const { from, to, holders } of holdings) {
    const start = Math.max(from, within.from);
    const end = Math.min(to, within.to);
    if (holders.length < 2 || end <= start) {
      since = undefined;
      continue;
    }
    since ??= start;
    longest = Math.max(longest, end - since);
  }
  return longest;
}

/** Who held the VIP at a moment. */
export function holdersAt(holdings: readonly Holding[], at: number): readonly string[] {
  return holdings.findLast(({ from }) => from <= at)?.holders ?? [];
}

/** How often the VIP came to a host that did not hold it last. */
export function countMoves(holdings: readonly Holding[]): number {
  const single = holdings.flatMap(({ holders }) => (holders.length === 1 ? holders : []));
  return single.filter((host, index) => index > 0 && single[index - 1] !== host).length;
}
