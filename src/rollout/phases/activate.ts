import type { Change } from '../../changes/change.ts';
import type { Cluster } from '../../inventory/model.ts';
import { isDisturbing } from '../../plan/waves/passes.ts';
import { type ActiveMember, type BatchRun, blame, each, isFine } from '../batch-run.ts';
import type { RolloutContext } from '../context.ts';
import { activateTogether } from './activate-together.ts';
import { makeChange } from './make-change.ts';

/** Puts the changes of a batch in place, in the way of its kind. */
export async function activate(
  members: readonly ActiveMember[],
  { cluster, batch, members: all }: BatchRun,
  context: RolloutContext,
): Promise<void> {
  for (const { member } of all) context.emit({ event: 'phase-start', host: member.host, phase: 'activate' });
  if (batch.kind === 'start') await startAll(cluster, members, context);
  else if (batch.kind === 'one') await each(members, (one) => activateMember(cluster, one, context));
  else await blame(members, activateTogether(batch, members, context));
  for (const { member } of all) context.emit({ event: 'phase-end', host: member.host, phase: 'activate' });
}

/**
 * All members of a cluster that serves nothing, side by side up to the start of keepalived. Then the first one starts it,
 * which is the one of the highest priority, and the others after it: without preemption whoever is first keeps the VIPs.
 */
async function startAll(cluster: Cluster, members: readonly ActiveMember[], context: RolloutContext): Promise<void> {
  const part = (one: ActiveMember, pick: (index: number, start: number) => boolean): ActiveMember => {
    const { changes } = one.member;
    const start = changes.findIndex(({ unit, action }) => unit === 'keepalived' && action === 'start');
    const picked = changes.filter((_, index) => pick(index, start < 0 ? changes.length : start));
    return { ...one, member: { ...one.member, changes: picked } };
  };
  const before = (one: ActiveMember): ActiveMember => part(one, (index, start) => index < start);
  const rest = (one: ActiveMember): ActiveMember => part(one, (index, start) => index >= start);
  await each(members, (one) => activateMember(cluster, before(one), context));
  const [first, ...others] = members.filter(isFine);
  if (first !== undefined) await each([first], (one) => activateMember(cluster, rest(one), context));
  await each(others, (one) => activateMember(cluster, rest(one), context));
}

/**
 * Makes one member's changes in order. A host that holds VIPs hands them over before keepalived or the service restarts,
 * and comes back after the last restart.
 */
async function activateMember(cluster: Cluster, active: ActiveMember, context: RolloutContext): Promise<void> {
  const { member, progress } = active;
  const restarts = restartsOf(member.changes, cluster);
  const last = restarts.at(-1);
  let comeBack: (() => Promise<void>) | undefined;
  try {
    for (const change of member.changes) {
      if (change === restarts[0] && member.holds.length > 0 && isHighlyAvailable(cluster)) {
        comeBack = await context.safeguards.handOver(cluster, member.host);
      }
      await makeChange(change, progress, context);
      if (change === last) await comeBack?.();
    }
  } catch (error) {
    // The first error says what went wrong; a host that handed over must not stay stopped because of it.
    await comeBack?.().catch(() => undefined);
    throw error;
  }
}

/**
 * Changes during which keepalived, or what its checks watch, does not run for a moment. Not a stop of keepalived: that
 * announces itself, and nothing is to be started again after it.
 */
export function restartsOf(changes: readonly Change[], cluster: Cluster): readonly Change[] {
  return changes.filter(
    (change) => isDisturbing(change, cluster) && !(change.action === 'stop' && change.unit === 'keepalived'),
  );
}

/** Whether there is anybody to hand over to. */
function isHighlyAvailable({ vrrp_instances }: Cluster): boolean {
  return vrrp_instances.every(({ priority }) => Object.keys(priority).length > 1);
}
