import type { Cluster } from '../inventory/model.ts';
import { isDisturbing } from '../plan/waves/passes.ts';
import type { Batch, BatchMember } from '../plan/waves/plan-rollout.ts';
import type { Change } from '../tasks/change.ts';
import { reloadSignalScript } from '../tasks/service-scripts.ts';
import { electionTime } from './gates/holders.ts';
import { type PhaseContext, sessionOf } from './phases.ts';
import type { HostProgress } from './progress.ts';
import { runChange, runStep } from './run-change.ts';

/** A member's part of a batch, and how far that member is. */
export interface ActiveMember {
  readonly member: BatchMember;
  readonly progress: HostProgress;
}

/**
 * Seconds after haprov's last step in which a host waits to be confirmed before it takes its changes back: a minute, or
 * what the slowest election takes and a margin, since gates only ask meanwhile. Each fenced script begins them anew.
 */
export function secondsToConfirm(cluster: Cluster): number {
  return Math.max(60, Math.ceil(electionTime(cluster) / 1000) + 30);
}

/**
 * Makes one member's changes in order. A host that holds VIPs hands them over before keepalived or the service restarts,
 * and comes back after the last restart.
 */
export async function activateMember(cluster: Cluster, acting: ActiveMember, context: PhaseContext): Promise<void> {
  const { member, progress } = acting;
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

/**
 * Makes the changes that peers notice on all members at once: files first, which keepalived does not see, then the
 * reloads in the batch's order, inside one master-down interval. With vrrp_skip_check_adv_addr the master first costs no
 * address (measured on 2.2.7; backup first does), unless keepalived makes the instance anew: see `Batch.recreatesInstance`.
 */
export async function activateTogether(
  batch: Batch,
  active: readonly ActiveMember[],
  context: PhaseContext,
): Promise<void> {
  const first = active.filter(({ member }) => member.changes.some((change) => change.first !== undefined));
  if (first.length > 0) {
    await all(first, async ({ member, progress }) => {
      for (const change of member.changes) {
        if (change.first !== undefined)
          await runChange(sessionOf(progress, context), change, 'stage', change.first, context.emit);
      }
    });
    // Nothing is made anew by this step: there is nothing to wait for.
    await reloadInOrder({ ...batch, recreatesInstance: false }, first, context);
  }
  await all(active, async ({ member, progress }) => {
    for (const change of member.changes) if (!isReload(change)) await makeChange(change, progress, context);
  });
  await reloadInOrder(batch, active, context);
  // Again and each by itself: the same process must go on, and the record of what is owed is cleared.
  await all(active, async ({ member, progress }) => {
    for (const change of member.changes) if (isReload(change)) await makeChange(change, progress, context);
  });
}

async function reloadInOrder(
  batch: Pick<Batch, 'recreatedVips'> & { readonly recreatesInstance?: boolean },
  active: readonly ActiveMember[],
  context: PhaseContext,
): Promise<void> {
  const [first, second, ...others] = active;
  const reload = async ({ progress }: ActiveMember): Promise<void> => {
    const step = { describe: 'reload keepalived', script: reloadSignalScript('keepalived') };
    await runStep(sessionOf(progress, context), step, context.emit);
  };
  if (first === undefined) return;
  await reload(first);
  if (batch.recreatesInstance === true) {
    const vips = batch.recreatedVips ?? [];
    const reason = `waiting until it holds ${vips.join(', ')} under the new configuration`;
    context.emit({ event: 'waiting', host: first.member.host, reason });
    await context.safeguards.awaitVips(first.member, vips);
  }
  // The holder is second where a backup had to go before it.
  if (second !== undefined) await reload(second);
  await all(others, reload);
}

async function makeChange(change: Change, progress: HostProgress, context: PhaseContext): Promise<void> {
  await runChange(sessionOf(progress, context), change, change.action, change.steps, context.emit);
  progress.made += 1;
}

/** Whether there is anybody to hand over to. */
function isHighlyAvailable({ vrrp_instances }: Cluster): boolean {
  return vrrp_instances.every(({ priority }) => Object.keys(priority).length > 1);
}

function isReload({ unit, action }: Change): boolean {
  return unit === 'keepalived' && action === 'reload';
}

/** All of them to their end, even when one fails; then the first failure is thrown. */
async function all<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(items.map(work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
