import { unitOf } from '../../checks/services.ts';
import { HaprovError } from '../../errors.ts';
import type { ActiveMember, BatchRun } from '../batch-run.ts';
import type { RolloutContext } from '../context.ts';
import { changesOf, fail, type HostProgress } from '../progress.ts';
import { revertedBy, secondsToConfirm } from './arm.ts';

/**
 * Each of these members gets its old state back, be it that it failed or that a partner did. Of members whose peers depend on
 * them that is all or none: those that were confirmed go back as well.
 */
export async function revert(members: readonly ActiveMember[], run: BatchRun, context: RolloutContext): Promise<void> {
  const confirmed = run.batch.kind === 'together' && members.length > 0 ? run.members.filter(isConfirmed) : [];
  await Promise.all([
    ...members.map((one) => revertMember(one, members, run, context)),
    ...confirmed.map((one) => takeBack(one, members, run, context)),
  ]);
}

function isConfirmed({ confirmed }: ActiveMember): boolean {
  return confirmed === true;
}

async function revertMember(
  one: ActiveMember,
  all: readonly ActiveMember[],
  run: BatchRun,
  { safeguards, emit }: RolloutContext,
): Promise<void> {
  const { member, progress } = one;
  const cause = all.find(({ progress: { failure } }) => failure !== undefined)?.progress.failure?.error.message ?? '';
  const { state, detail } = await safeguards.revert(member.host, cause);
  if (progress.failure === undefined) fail(progress, together(one, all));
  const { failure } = progress;
  if (state === 'none' && run.batch.kind === 'together' && progress.standing.length > 0) {
    return takeBack(one, all, run, { safeguards, emit });
  }
  if (state === 'done') {
    progress.reverted = true;
    if (failure !== undefined) progress.failure = withoutRemoved(failure, progress, run);
    // Back to before the run, and not to before this batch alone.
    if (run.batch.kind === 'together') delete progress.confirmed;
  } else if (state !== 'none' && failure !== undefined) {
    const message = `${failure.error.message}; ${outcomeText(state, run, member.host)}`;
    progress.failure = { ...failure, error: { ...failure.error, message, next: nextFor(state, detail) } };
  }
  emit({ event: 'put-back', host: member.host, ok: state === 'done' || state === 'none', detail });
}

/** Of a member whose switch does not do it any more: it was confirmed before its partner failed, or was never armed in this batch. */
async function takeBack(
  one: ActiveMember,
  all: readonly ActiveMember[],
  { batch, cluster }: BatchRun,
  { safeguards, emit }: Pick<RolloutContext, 'safeguards' | 'emit'>,
): Promise<void> {
  const { member, progress } = one;
  const { host } = member;
  fail(progress, together(one, all));
  delete one.confirmed;
  try {
    // What was confirmed is among what stands.
    await safeguards.takeBack(host, revertedBy(batch, { ...member, changes: [] }, progress, cluster));
    progress.reverted = true;
    delete progress.confirmed;
    emit({ event: 'put-back', host, ok: true, detail: '' });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const { failure } = progress;
    if (failure !== undefined) {
      const message = `${failure.error.message}; ${FAILED}`;
      progress.failure = { ...failure, error: { ...failure.error, message, next: nextFor('failed', detail) } };
    }
    emit({ event: 'put-back', host, ok: false, detail });
  }
}

function together(one: ActiveMember, all: readonly ActiveMember[]): HaprovError {
  const partners = all.filter((other) => other !== one && other.progress.failure !== undefined);
  return new HaprovError(`taken back together with ${partners.map((other) => other.member.host).join(', ')}`);
}

/** A next step that names a file which went with the change is none. */
function withoutRemoved(
  failure: NonNullable<HostProgress['failure']>,
  progress: HostProgress,
  { cluster }: BatchRun,
): NonNullable<HostProgress['failure']> {
  const { next = '' } = failure.error;
  const made = changesOf(progress).flatMap(({ data }) =>
    data.flatMap((one) => (one.kind === 'file' && one.before === null ? [one.target] : [])),
  );
  const gone = made.find((path) => next.includes(path));
  if (gone === undefined) return failure;
  const unit = unitOf(cluster.service) ?? 'keepalived';
  const { host } = progress;
  const instead = `${gone} went with the change. On ${host}: systemctl status ${unit}; journalctl -u ${unit} -n 50; then apply again.`;
  return { ...failure, error: { ...failure.error, next: instead } };
}

const FAILED = 'the old state could NOT be put back whole';

function outcomeText(state: 'failed' | 'unknown', { cluster, batch }: BatchRun, host: string): string {
  if (state === 'failed') return FAILED;
  return `nobody could reach it: the host puts the old state back by itself within ${secondsToConfirm(cluster, batch, host)} s`;
}

function nextFor(state: 'failed' | 'unknown', detail: string): string {
  return state === 'failed'
    ? `Look at the host at once: ${detail}`
    : 'Wait a minute, then see what the host did: haprov plan';
}
