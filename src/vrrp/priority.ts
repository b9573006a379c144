/** What the priority arithmetic needs to know of one host of a VRRP instance. */
export interface Member {
  readonly host: string;
  /** The configured base, 1..254. */
  readonly priority: number;
  /** Takes over from a living master of lower priority. */
  readonly preempts: boolean;
  /** How long it waits before it does. */
  readonly preemptDelaySeconds: number;
}

/** What the priority arithmetic needs to know of a check; weight 0 means FAULT when it fails. */
export interface WeightedCheck {
  readonly name: string;
  /** -253..253. */
  readonly weight: number;
  /** Of hosts that have another, by their names. */
  readonly weights?: Readonly<Record<string, number>>;
}

/** A check's weight on a host; without one, that of all hosts. */
export function weightOn(host: string | undefined, { weight, weights = {} }: Omit<WeightedCheck, 'name'>): number {
  return host !== undefined && Object.hasOwn(weights, host) ? (weights[host] ?? weight) : weight;
}

/** A host's effective priority, or `fault` once a failed check of weight 0 made it give up. */
export type Standing = number | 'fault';

/**
 * keepalived's effective priority: the base, plus every positive weight whose check succeeds, plus every negative
 * weight whose check fails, kept within 1..254 (keepalived vrrp.c, vrrp_set_effective_priority).
 */
export function standing(
  base: number,
  checks: readonly WeightedCheck[],
  failing: readonly string[],
  host?: string,
): Standing {
  let sum = base;
  for (const check of checks) {
    const weight = weightOn(host, check);
    const failed = failing.includes(check.name);
    if (failed && weight === 0) return 'fault';
    if (failed === weight < 0) sum += weight;
  }
  return Math.min(254, Math.max(1, sum));
}

/** A host's effective priority while all its checks succeed. */
export function healthyPriority(base: number, checks: readonly WeightedCheck[], host?: string): number {
  const value = standing(base, checks, [], host);
  return value === 'fault' ? base : value;
}

/** Highest healthy priority first; equal ones by name, so that answers do not depend on the inventory's order. */
export function byPriority<T extends { readonly host: string; readonly priority: number }>(hosts: readonly T[]): T[] {
  return [...hosts].sort((a, b) => b.priority - a.priority || (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));
}
