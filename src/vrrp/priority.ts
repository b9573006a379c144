/** What the priority arithmetic needs to know of one host of a VRRP instance. */
export interface Member {
  readonly host: string;
  /** The configured base, 1..254. */
  readonly priority: number;
  /** Takes over from a living master of lower priority. */
  readonly preempts: boolean;
  /** How long it waits before it does. */
  readonly preemptDelaySeconds: number;
  /** What it tracks beside the checks: interfaces, processes, files; weights are those of this host. */
  readonly watches?: readonly WeightedCheck[];
}

/** What the priority arithmetic needs to know of a check; weight 0 means FAULT when it fails. */
export interface WeightedCheck {
  readonly name: string;
  /** -253..253. */
  readonly weight: number;
  /** Of hosts that have another, by their names. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Counts the other way round: a weight is taken away where it would be added, and 0 means FAULT while it succeeds. */
  readonly reverse?: boolean;
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
    const reverse = check.reverse ?? false;
    const failed = failing.includes(check.name);
    if (weight === 0 && failed !== reverse) return 'fault';
    if (failed === weight < 0) sum += reverse ? -weight : weight;
  }
  return Math.min(254, Math.max(1, sum));
}

/** The effective priority of a member, with what it tracks itself. */
export function standingOf(member: Member, checks: readonly WeightedCheck[], failing: readonly string[]): Standing {
  return standing(member.priority, [...checks, ...(member.watches ?? [])], failing, member.host);
}

/** A member's effective priority while nothing fails. */
export function healthyOf(member: Member, checks: readonly WeightedCheck[]): number {
  const value = standingOf(member, checks, []);
  return value === 'fault' ? member.priority : value;
}

/** Highest healthy priority first; equal ones by name, so that answers do not depend on the inventory's order. */
export function byPriority<T extends { readonly host: string; readonly priority: number }>(hosts: readonly T[]): T[] {
  return [...hosts].sort((a, b) => b.priority - a.priority || (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));
}
