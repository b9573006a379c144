/** One request of a client. Times in milliseconds since 1970. */
export interface VipRequest {
  /** http://10.0.0.100/ or tcp://10.0.0.100:22 */
  readonly target: string;
  readonly start: number;
  /** From its start to its answer, or to where the client gave up. */
  readonly ms: number;
  /** null: answered in time, over HTTP with 200. */
  readonly error: string | null;
  /** How late the client's own process was at worst while the request was on its way. */
  readonly lagMs: number;
}

/**
 * A time in which no request was answered at once. A request that failed and one that had to wait tell the same: while
 * nobody holds a VIP a switch or a kernel may keep the first packet, or TCP send it anew, and the answer comes in the end.
 */
export interface Outage {
  /** Start of the last request that was answered at once before; of the first request where there is none. */
  readonly from: number;
  /** To the start of the next one that was; to that of the last request where there is none. */
  readonly ms: number;
  readonly failed: number;
  /** Answered, but not at once. */
  readonly slow: number;
  /** What the failed requests met, each once. */
  readonly errors: readonly string[];
}

/** What a client saw of one target. Times in milliseconds. */
export interface VipLog {
  readonly requests: number;
  readonly failed: number;
  /** Answered, but not at once. */
  readonly slow: number;
  /**
   * Of the failed, those during which the client's own process was late by more than LATE: the machine may be to
   * blame. They are failures all the same.
   */
  readonly failedWhileLate: number;
  readonly outages: readonly Outage[];
  readonly longestMs: number;
  /** All outages together. */
  readonly totalMs: number;
  /** The longest time in which the client sent nothing, since it did not get to run: what happened then, nobody saw. */
  readonly blindMs: number;
  readonly slowestMs: number;
}

/** Milliseconds: the client itself is late from here on. */
export const LATE = 200;

/** Milliseconds: an answer that takes longer is not one at once. On the lab's idle machine it takes 3. */
const SLOW = 250;

/** Whether it was answered, but not at once. */
export const isSlow = ({ error, ms }: Pick<VipRequest, 'error' | 'ms'>): boolean => error === null && ms > SLOW;
const isPrompt = ({ error, ms }: VipRequest): boolean => error === null && ms <= SLOW;

/** What the requests to one target tell, in whatever order they ended. Pure. */
export function readVipLog(requests: readonly VipRequest[]): VipLog {
  const sorted = requests.toSorted((a, b) => a.start - b.start);
  const failed = sorted.filter(({ error }) => error !== null);
  const outages = findOutages(sorted);
  const gaps = sorted.slice(1).map(({ start }, index) => start - (sorted[index]?.start ?? start));
  return {
    requests: sorted.length,
    failed: failed.length,
    slow: sorted.filter(isSlow).length,
    failedWhileLate: failed.filter(({ lagMs }) => lagMs > LATE).length,
    outages,
    longestMs: Math.max(0, ...outages.map(({ ms }) => ms)),
    totalMs: outages.reduce((sum, { ms }) => sum + ms, 0),
    blindMs: Math.max(0, ...gaps),
    slowestMs: Math.max(0, ...sorted.filter(({ error }) => error === null).map(({ ms }) => ms)),
  };
}

function findOutages(sorted: readonly VipRequest[]): Outage[] {
  const outages: Outage[] = [];
  for (let at = 0; at < sorted.length; at += 1) {
    const first = sorted[at];
    if (first === undefined || isPrompt(first)) continue;
    const next = sorted.findIndex((request, index) => index > at && isPrompt(request));
    const end = next === -1 ? sorted.length : next;
    const lost = sorted.slice(at, end);
    const from = (sorted[at - 1] ?? first).start;
    const until = (sorted[end] ?? sorted.at(-1))?.start ?? from;
    outages.push({
      from,
      ms: until - from,
      failed: lost.filter(({ error }) => error !== null).length,
      slow: lost.filter(isSlow).length,
      errors: [...new Set(lost.flatMap(({ error }) => error ?? []))],
    });
    at = end;
  }
  return outages;
}
