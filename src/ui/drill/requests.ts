import type { DrillRequest } from '../../operate/drill/model.ts';
import { isSlow } from '../../operate/vip-client/outages.ts';

/** How a request went; slow: answered, but not at once. */
export type RequestKind = 'ok' | 'slow' | 'failed';

/** How a request went. */
export function kindOf(request: DrillRequest): RequestKind {
  if (request.error !== null) return 'failed';
  return isSlow(request) ? 'slow' : 'ok';
}

/** Requests that went the same way, one after the other, without a pause. Milliseconds from the scenario's start. */
export interface RequestRun {
  readonly kind: RequestKind;
  readonly requests: readonly DrillRequest[];
  /** Start of its first request. */
  readonly from: number;
  /** Start of the next run; where that follows after a pause, or none does, a usual gap after its last request. */
  readonly to: number;
}

/** So many usual gaps without a request are a pause: what happened then, nobody saw. */
const PAUSE = 5;

/** The requests as runs, in the order of their starts. */
export function runsOf(requests: readonly DrillRequest[]): readonly RequestRun[] {
  const sorted = requests.toSorted((a, b) => a.at - b.at);
  const gap = usualGap(sorted);
  const runs: { kind: RequestKind; requests: DrillRequest[] }[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const request of sorted) {
    const kind = kindOf(request);
    const last = runs.at(-1);
    if (last?.kind === kind && request.at - before <= PAUSE * gap) last.requests.push(request);
    else runs.push({ kind, requests: [request] });
    before = request.at;
  }
  return runs.map((run, index) => {
    const from = run.requests[0]?.at ?? 0;
    const end = run.requests.at(-1)?.at ?? from;
    const next = runs[index + 1]?.requests[0]?.at;
    return { ...run, from, to: next !== undefined && next - end <= PAUSE * gap ? next : end + gap };
  });
}

/** How many requests went which way. */
export function countKinds(requests: readonly DrillRequest[]): Readonly<Record<RequestKind, number>> {
  const counts = { ok: 0, slow: 0, failed: 0 };
  for (const request of requests) counts[kindOf(request)] += 1;
  return counts;
}

/** What the failed requests met and how many of them each, the most frequent first. */
export function countErrors(requests: readonly DrillRequest[]): readonly (readonly [error: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const { error } of requests) if (error !== null) counts.set(error, (counts.get(error) ?? 0) + 1);
  return [...counts].toSorted(([a, most], [b, more]) => more - most || (a < b ? -1 : 1));
}

/** Milliseconds between two starts, the middle one of all; 50 where there are not two. */
export function usualGap(sorted: readonly DrillRequest[]): number {
  const gaps = sorted.slice(1).map(({ at }, index) => at - (sorted[index]?.at ?? at));
  return gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 50;
}
