import type { Batch, BatchMember, Holdings } from './batch.ts';

/**
 * The batches that are still to be made, by what their hosts hold now: members one by one with the holder last, within each
 * run of such batches; the holder first where all go together (the second, where a backup has to go before it). Hosts that
 * were not asked hold what they held. Pure, and stable: hosts that hold equally many VIPs keep their order.
 */
export function reorder(batches: readonly Batch[], holdings: Holdings): readonly Batch[] {
  const fresh = batches.map((batch) => ({
    ...batch,
    members: batch.members.map((member) => ({ ...member, holds: holdings.get(member.host) ?? member.holds })),
  }));
  return runsOf(fresh).flatMap((run) => {
    const [first] = run;
    if (first?.kind === 'one') return holdersLast(run);
    return run.map((batch) => (batch.kind === 'together' ? masterFirst(batch) : batch));
  });
}

/** Single batches: hosts without VIPs first, the host with the most of them last. */
export function holdersLast(batches: readonly Batch[]): readonly Batch[] {
  return [...batches].sort((a, b) => countHeld(a) - countHeld(b));
}

/**
 * A common batch in its order: the host with the most VIPs first. Where an instance is made anew, the host with the fewest
 * of its VIPs goes before that one.
 */
export function masterFirst(batch: Batch): Batch {
  const { recreatedVips = [] } = batch;
  const counted = batch.members.map((member) => {
    const held =
      batch.recreatesInstance === true ? member.holds.filter((vip) => recreatedVips.includes(vip)) : member.holds;
    return { member, held: held.length };
  });
  const members = counted.toSorted((a, b) => b.held - a.held);
  const least = Math.min(...counted.map(({ held }) => held));
  const scout = batch.recreatesInstance === true ? members.find(({ held }) => held === least) : members[0];
  const rest = members.filter((one) => one !== scout);
  return { ...batch, members: [...(scout === undefined ? [] : [scout]), ...rest].map(({ member }) => member) };
}

function countHeld({ members }: { readonly members: readonly BatchMember[] }): number {
  return members.reduce((sum, { holds }) => sum + holds.length, 0);
}

/** Neighbours of one kind. */
function runsOf(batches: readonly Batch[]): readonly (readonly Batch[])[] {
  const runs: Batch[][] = [];
  for (const batch of batches) {
    const last = runs.at(-1);
    if (last?.[0]?.kind === batch.kind) last.push(batch);
    else runs.push([batch]);
  }
  return runs;
}
