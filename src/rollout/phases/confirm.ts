import { type ActiveMember, type BatchRun, each } from '../batch-run.ts';
import type { RolloutContext } from '../context.ts';

/** Opens a new connection to each host, all hops included: a change must not have locked haprov out. */
export async function reach(
  members: readonly ActiveMember[],
  _: BatchRun,
  { safeguards }: RolloutContext,
): Promise<void> {
  await each(members, ({ member }) => safeguards.reach(member.host));
}

/** Confirms the new state of each host through that connection: it stays. */
export async function confirm(
  members: readonly ActiveMember[],
  _: BatchRun,
  { safeguards, emit }: RolloutContext,
): Promise<void> {
  await each(members, async (one) => {
    const { host } = one.member;
    await safeguards.confirm(host);
    one.progress.confirmed = true;
    one.progress.standing.push(...one.member.changes);
    emit({ event: 'confirmed', host });
    one.confirmed = true;
  });
}
