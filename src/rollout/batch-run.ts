import { HaprovError } from '../errors.ts';
import type { Cluster } from '../inventory/model.ts';
import type { Batch, BatchMember } from '../plan/waves/batch.ts';
import type { Baseline } from './gates/baseline.ts';
import { fail, type HostProgress } from './progress.ts';

/** A member's part of a batch, and how far that member is. */
export interface ActiveMember {
  readonly member: BatchMember;
  readonly progress: HostProgress;
  /** Its new state was confirmed in this batch, and stays. */
  confirmed?: true;
}

/** A batch on its way through the phases. */
export interface BatchRun {
  /** With the VIPs that the cluster has to serve after this batch. */
  readonly cluster: Cluster;
  readonly batch: Batch;
  /** In the order of activation. */
  readonly members: readonly ActiveMember[];
  readonly baseline: Baseline;
}

/** Members of a batch that a phase is for; `going on`: without a failure that concerns them. */
export type Whom = 'all' | 'going on' | 'confirmed' | 'not confirmed';

/** Hosts that start by themselves go on each for its own; members whose peers depend on them all or none. */
export function chosen(whom: Whom, { batch, members }: BatchRun): readonly ActiveMember[] {
  if (whom === 'all') return members;
  if (whom !== 'going on') return members.filter((one) => (one.confirmed === true) === (whom === 'confirmed'));
  return batch.kind === 'start' || members.every(isFine) ? members.filter(isFine) : [];
}

export function isFine({ progress }: ActiveMember): boolean {
  return progress.failure === undefined;
}

/** Each to its end; a failure is that host's own. */
export async function each(
  members: readonly ActiveMember[],
  work: (one: ActiveMember) => Promise<void>,
): Promise<void> {
  await Promise.all(members.map((one) => work(one).catch((error: unknown) => fail(one.progress, error))));
}

/** A failure of work on several hosts is the one's that it names, or everyone's. */
export async function blame(members: readonly ActiveMember[], work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const named = error instanceof HaprovError ? members.filter(({ member }) => member.host === error.facts.host) : [];
    for (const { progress } of named.length > 0 ? named : members) fail(progress, error);
  }
}
