import type { Holdings, MemberMove, Move } from './batch.ts';

/**
 * The moves that are still to be made, by what their hosts hold now: members one by one with the holder last, within each
 * run of such moves; the holder first where all go together (the second, where a backup has to go before it). Hosts that
 * were not asked hold what they held. Pure, and stable: hosts that hold equally many VIPs keep their order.
 */
export function reorder(moves: readonly Move[], holdings: Holdings): readonly Move[] {
  const fresh = moves.map((move) => ({
    ...move,
    members: move.members.map((member) => ({ ...member, holds: holdings.get(member.host) ?? member.holds })),
  }));
  return runsOf(fresh).flatMap((run) => {
    const [first] = run;
    if (first?.kind === 'one') return holdersLast(run);
    return run.map((move) => (move.kind === 'together' ? masterFirst(move) : move));
  });
}

/** Single moves: hosts without VIPs first, the host with the most of them last. */
export function holdersLast(moves: readonly Move[]): readonly Move[] {
  return [...moves].sort((a, b) => countHeld(a) - countHeld(b));
}

/**
 * A common move in its order: the host with the most VIPs first. Where an instance is made anew, the host with the fewest
 * of its VIPs goes before that one.
 */
export function masterFirst(move: Move): Move {
  const { anewVips = [] } = move;
  const counted = move.members.map((member) => {
    const held = move.newRouterId === true ? member.holds.filter((vip) => anewVips.includes(vip)) : member.holds;
    return { member, held: held.length };
  });
  const members = counted.toSorted((a, b) => b.held - a.held);
  const least = Math.min(...counted.map(({ held }) => held));
  const scout = move.newRouterId === true ? members.find(({ held }) => held === least) : members[0];
  const rest = members.filter((one) => one !== scout);
  return { ...move, members: [...(scout === undefined ? [] : [scout]), ...rest].map(({ member }) => member) };
}

function countHeld({ members }: { readonly members: readonly MemberMove[] }): number {
  return members.reduce((sum, { holds }) => sum + holds.length, 0);
}

/** Neighbours of one kind. */
function runsOf(moves: readonly Move[]): readonly (readonly Move[])[] {
  const runs: Move[][] = [];
  for (const move of moves) {
    const last = runs.at(-1);
    if (last?.[0]?.kind === move.kind) last.push(move);
    else runs.push([move]);
  }
  return runs;
}
