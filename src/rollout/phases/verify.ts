import { HaprovError } from '../../errors.ts';
import { createReader } from '../../facts/reader/reader.ts';
import { planHost } from '../../plan/plan-host.ts';
import { type ActiveMember, type BatchRun, each } from '../batch-run.ts';
import type { RolloutContext } from '../context.ts';
import { changesOf, fail, type HostProgress, isConverged, isReady } from '../progress.ts';
import type { ClusterEnd } from './close.ts';

/** A host that is not as the inventory says although every change was made. */
export class LeftOverError extends HaprovError {
  override readonly name = 'LeftOverError';
}

/** Verifies hosts that were confirmed. */
export async function verify(members: readonly ActiveMember[], _: BatchRun, context: RolloutContext): Promise<void> {
  await each(members, ({ progress }) => verifyHost(progress, context));
}

/** Verifies hosts that were prepared and had nothing to activate. */
export async function verifyRest({ members }: ClusterEnd, context: RolloutContext): Promise<void> {
  const rest = members.filter((one) => isReady(one) && !isConverged(one) && one.verified === undefined);
  await Promise.all(rest.map((one) => verifyHost(one, context).catch((error: unknown) => fail(one, error))));
}

/** Reads the facts of a host anew once all its changes were made; throws LeftOverError where any is left over. */
async function verifyHost(progress: HostProgress, { hosts, asking, emit }: RolloutContext): Promise<void> {
  const { host } = progress;
  const tasks = hosts.find((one) => one.host.id === host);
  const session = asking.get(host);
  // What later batches will do is still to be done.
  if (tasks === undefined || session === undefined || progress.made < changesOf(progress).length) return;
  emit({ event: 'phase-start', host, phase: 'verify' });
  progress.verified = true;
  const plan = await planHost(tasks, createReader(session).ask);
  if (plan.status !== 'planned' || plan.changes.length === 0) return;
  const left = plan.changes.map(
    ({ action, target, detail }) => `${action} ${target}${detail === '' ? '' : ` (${detail})`}`,
  );
  const more = left.length > 1 ? ` and ${left.length - 1} more` : '';
  throw new LeftOverError(`still to be done after the apply: ${left[0]}${more}`, {
    host,
    action: 'read the facts again',
    evidence: left.join('\n'),
    next: 'Something on the host changes it back; look who writes it.',
  });
}
