import { intermediateOf, isInTwoSteps } from '../../changes/steps.ts';
import type { Batch } from '../../plan/waves/batch.ts';
import type { Change } from '../../tasks/change.ts';
import { reloadSignalScript } from '../../tasks/service-scripts.ts';
import type { ActiveMember } from '../batch-run.ts';
import { type RolloutContext, sessionOf } from '../context.ts';
import { runChange, runStep } from '../run-change.ts';
import { makeChange } from './make-change.ts';

/**
 * Makes the changes that peers notice on all members at once: files first, which keepalived does not see, then the
 * reloads in the batch's order, inside one master-down interval. With vrrp_skip_check_adv_addr the master first costs no
 * address (measured on 2.2.7; backup first does), unless keepalived makes the instance anew: see `Batch.recreatesInstance`.
 */
export async function activateTogether(
  batch: Batch,
  active: readonly ActiveMember[],
  context: RolloutContext,
): Promise<void> {
  const first = active.filter(({ member }) => member.changes.some((change) => isInTwoSteps(change)));
  if (first.length > 0) {
    await all(first, async ({ member, progress }) => {
      for (const change of member.changes) {
        if (isInTwoSteps(change))
          await runChange(sessionOf(progress, context), change, 'stage', intermediateOf(change), context.emit);
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
  context: RolloutContext,
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

function isReload({ unit, action }: Change): boolean {
  return unit === 'keepalived' && action === 'reload';
}

/** All of them to their end, even when one fails; then the first failure is thrown. */
async function all<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(items.map(work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
