import { HaprovError } from '../../errors.ts';
import type { Cluster } from '../../inventory/model.ts';
import type { ActiveMember, BatchRun } from '../batch-run.ts';
import type { RolloutContext } from '../context.ts';
import { fail } from '../progress.ts';
import { secondsToConfirm } from './arm.ts';

/** Each of these members gets its old state back, be it that it failed or that a partner did. */
export async function revert(
  members: readonly ActiveMember[],
  { cluster }: BatchRun,
  context: RolloutContext,
): Promise<void> {
  await Promise.all(members.map((one) => revertMember(one, members, cluster, context)));
}

async function revertMember(
  one: ActiveMember,
  all: readonly ActiveMember[],
  cluster: Cluster,
  { safeguards, emit }: RolloutContext,
): Promise<void> {
  const { member, progress } = one;
  const cause = all.find(({ progress: { failure } }) => failure !== undefined)?.progress.failure?.error.message ?? '';
  const { state, detail } = await safeguards.revert(member.host, cause);
  if (progress.failure === undefined) {
    const partners = all.filter((other) => other !== one && other.progress.failure !== undefined);
    fail(
      progress,
      new HaprovError(`taken back together with ${partners.map((other) => other.member.host).join(', ')}`),
    );
  }
  const { failure } = progress;
  if (state === 'done') progress.reverted = true;
  else if (failure !== undefined) {
    const message = `${failure.error.message}; ${outcomeText(state, cluster)}`;
    progress.failure = { ...failure, error: { ...failure.error, message, next: nextFor(state, detail) } };
  }
  emit({ event: 'put-back', host: member.host, ok: state === 'done', detail });
}

function outcomeText(state: 'failed' | 'unknown', cluster: Cluster): string {
  if (state === 'failed') return 'the old state could NOT be put back whole';
  return `nobody could reach it: the host puts the old state back by itself within ${secondsToConfirm(cluster)} s`;
}

function nextFor(state: 'failed' | 'unknown', detail: string): string {
  return state === 'failed' ? `Look at the host at once: ${detail}` : 'Ask again in a minute: haprov plan tells.';
}
