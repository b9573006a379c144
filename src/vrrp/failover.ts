import { byPriority, healthyOf, type Member, standingOf, type WeightedCheck, weightOn } from './priority.ts';

export type { Member, WeightedCheck } from './priority.ts';

/** What a check's weight would have to be for the VIP to move; both bounds are exclusive. */
export type WeightBound = { readonly below: number } | { readonly above: number };

/** One way in which a check fails on the VIP's holder, a healthy peer stands by, and the VIP stays. */
export interface FailoverFinding {
  /** The holder whose check fails. */
  readonly host: string;
  /** The smallest set of failing checks that shows it. */
  readonly failing: readonly string[];
  /**
   * nopreempt-weight: the peer would outrank the holder, but does not preempt a living master.
   * weight-too-small: a negative weight leaves the holder at or above every peer.
   * weight-positive: losing a positive weight leaves the holder at or above every peer.
   */
  readonly kind: 'nopreempt-weight' | 'weight-too-small' | 'weight-positive';
  readonly weight: number;
  /** The holder's priority as configured, and while its checks succeed. */
  readonly base: number;
  readonly healthy: number;
  /** The holder's effective priority while `failing` fail. */
  readonly effective: number;
  /** The healthy peer that ought to take over, with its effective priority. */
  readonly rival: { readonly host: string; readonly priority: number; readonly preempts: boolean };
  /** Absent where no weight within keepalived's range would do; weight 0 always does. */
  readonly needed?: WeightBound;
  /** Hosts that have to be down for this to happen; empty: it happens with every host up. */
  readonly down: readonly string[];
}

/**
 * Every check that can fail on a host that holds the VIP, with all its peers up and healthy, without the VIP moving.
 * Each host is tried as the holder: after a failover the lower one holds, and keeps holding where its peers do
 * not preempt.
 *
 * Every non-empty set of failing checks is covered by trying each check alone: a further failure never raises the
 * effective priority, nor takes back a FAULT, so a set that leaves the VIP where it is holds no check that alone would
 * have moved it. A host without peers yields nothing. Priorities are within 1..254.
 */
export function proveFailover(
  members: readonly Member[],
  checks: readonly WeightedCheck[],
): readonly FailoverFinding[] {
  return findStays(members, checks).filter((finding) => finding.down.length === 0);
}

/**
 * As proveFailover, for what only happens while some hosts are down: of 100, 90 and 60 with weight -20 the VIP leaves
 * the first, but while the second is down it does not. Findings carry the fewest hosts that have to be down.
 */
export function proveDegradedFailover(
  members: readonly Member[],
  checks: readonly WeightedCheck[],
): readonly FailoverFinding[] {
  return findStays(members, checks).filter((finding) => finding.down.length > 0);
}

interface Rival {
  readonly host: string;
  readonly base: number;
  readonly priority: number;
  readonly preempts: boolean;
}

function findStays(members: readonly Member[], checks: readonly WeightedCheck[]): FailoverFinding[] {
  return members.flatMap((holder) => {
    const peers = byPriority(
      members
        .filter(({ host }) => host !== holder.host)
        .map((member): Rival => {
          const { host, priority, preempts } = member;
          return { host, base: priority, priority: healthyOf(member, checks), preempts };
        }),
    );
    return [...checks, ...(holder.watches ?? [])].flatMap((check) => judge(holder, peers, checks, check) ?? []);
  });
}

function judge(
  holder: Member,
  peers: readonly Rival[],
  checks: readonly WeightedCheck[],
  check: WeightedCheck,
): FailoverFinding | undefined {
  const effective = standingOf(holder, checks, [check.name]);
  if (effective === 'fault') return undefined;
  const weight = weightOn(holder.host, check);
  const outranks = (peer: Rival): boolean => peer.priority > effective;
  const takers = peers.filter((peer) => outranks(peer) && peer.preempts);
  const idle = peers.filter((peer) => !takers.includes(peer));
  const barred = idle.find(outranks);
  const rival = barred ?? idle.find((peer) => peer.preempts) ?? idle[0];
  if (rival === undefined) return undefined;
  const needed = rival.preempts && check.reverse !== true ? boundFor(holder, rival, checks, check) : undefined;
  return {
    host: holder.host,
    failing: [check.name],
    kind: !rival.preempts ? 'nopreempt-weight' : weight > 0 ? 'weight-positive' : 'weight-too-small',
    weight,
    base: holder.priority,
    healthy: healthyOf(holder, checks),
    effective,
    rival: { host: rival.host, priority: rival.priority, preempts: rival.preempts },
    ...(needed === undefined ? {} : { needed }),
    down: takers.map(({ host }) => host),
  };
}

/** The bound of `check`'s own weight, the other weights as they are, at which `rival` comes to outrank `holder`. */
function boundFor(
  holder: Member,
  rival: Rival,
  checks: readonly WeightedCheck[],
  check: WeightedCheck,
): WeightBound | undefined {
  const all = [...checks, ...(holder.watches ?? [])];
  const others = all.filter(({ name }) => name !== check.name).map((one) => weightOn(holder.host, one));
  const bonus = others.filter((weight) => weight > 0).reduce((sum, weight) => sum + weight, 0);
  if (weightOn(holder.host, check) > 0) {
    const above = holder.priority - rival.base;
    return holder.priority + bonus < 254 && above < 253 ? { above } : undefined;
  }
  const below = rival.priority - holder.priority - bonus;
  return rival.priority > 1 && below > -253 ? { below } : undefined;
}
