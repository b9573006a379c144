/**
 * How long a failover takes, predicted from the configuration. All results are milliseconds; all inputs are seconds,
 * as keepalived has them. Sources: RFC 5798 §6.1 and keepalived's include/vrrp.h (VRRP_TIMER_SKEW); the bounds of
 * checks were measured on 2.0.19 to 2.3.4.
 */

/** Milliseconds, both ends included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** How an instance advertises. */
export interface Adverts {
  readonly intervalSeconds: number;
  readonly version: 2 | 3;
  /** Adverts that are missed until the holder counts as gone (down_timer_adverts). Default 3. */
  readonly missed?: number;
}

/** What decides how soon a check is noticed to fail; seconds. */
export interface CheckTimes {
  readonly interval: number;
  readonly timeout: number;
  readonly fall: number;
}

const ADVERTS_MISSED = 3;

const range = (min: number, max: number): Range => ({ min: Math.round(min), max: Math.round(max) });
const sum = (...parts: readonly Range[]): Range =>
  range(
    parts.reduce((total, { min }) => total + min, 0),
    parts.reduce((total, { max }) => total + max, 0),
  );

/** The host-specific part of the wait, longer for lower priorities: 1/256 s a point, in version 3 of the interval. */
export function skew(priority: number, { intervalSeconds, version }: Adverts): number {
  return ((256 - priority) / 256) * (version === 3 ? intervalSeconds : 1) * 1000;
}

/** How long a backup hears nothing before it takes over: three adverts, or as many as the inventory says, and its skew. */
export function masterDown(priority: number, adverts: Adverts): number {
  return (adverts.missed ?? ADVERTS_MISSED) * adverts.intervalSeconds * 1000 + skew(priority, adverts);
}

/**
 * From the service's death to the verdict "failed". A check that fails at once is noticed at the earliest just before
 * the F-th run is due; one that hangs needs the time limit on top. With a limit not below the interval, keepalived
 * from 2.3.3 on skips the runs that would overlap: the longer of the two behaviours is the upper bound.
 */
export function detection({ interval, timeout, fall }: CheckTimes): Range {
  const skipped = (fall - 1) * Math.max(1, Math.ceil(interval === 0 ? 0 : timeout / interval));
  return range(
    (fall - 1) * interval * 1000,
    Math.max(fall * interval + timeout, interval * (1 + skipped) + timeout) * 1000,
  );
}

/** The outage when keepalived or the host is stopped in good order: the holder sends priority 0. */
export function stopOutage(taker: number, adverts: Adverts): Range {
  const wait = skew(taker, adverts);
  return range(wait, wait);
}

/** The outage when the holder dies without a word: crash, power, cable. */
export function crashOutage(taker: number, adverts: Adverts): Range {
  const wait = masterDown(taker, adverts);
  return range(wait - adverts.intervalSeconds * 1000, wait);
}

/** The outage when a check of weight 0 fails: the holder goes to FAULT and says so with priority 0. */
export function faultOutage(taker: number, adverts: Adverts, check: CheckTimes): Range {
  return sum(detection(check), stopOutage(taker, adverts));
}

/**
 * The outage when a check with a weight fails and the taker outranks the holder: the taker stops heeding the holder's
 * adverts and waits as if it were dead, after its own delay of preemption.
 */
export function weightOutage(taker: number, adverts: Adverts, check: CheckTimes, preemptDelaySeconds = 0): Range {
  const delay = preemptDelaySeconds * 1000;
  return sum(detection(check), range(delay, delay), crashOutage(taker, adverts));
}

/** How long after its start a better host takes the VIP back from a living master. The VIP answers meanwhile. */
export function failbackWait(taker: number, adverts: Adverts, preemptDelaySeconds = 0): number {
  return Math.round(masterDown(taker, adverts) + preemptDelaySeconds * 1000);
}

/** "0.65s", "2.65-3.65s". */
export function formatRange({ min, max }: Range): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  return seconds(min) === seconds(max) ? `${seconds(min)}s` : `${seconds(min)}-${seconds(max)}s`;
}
