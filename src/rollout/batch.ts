import { HaprovError } from '../errors.ts';
import type { Cluster, Inventory } from '../inventory/model.ts';
import type { HostTasks } from '../plan/plan-host.ts';
import type { Batch, BatchMember } from '../plan/waves/plan-rollout.ts';
import type { Change } from '../tasks/change.ts';
import type { Session } from '../transport/session.ts';
import { type ActiveMember, activateMember, activateTogether, restartsOf, secondsToConfirm } from './activate.ts';
import type { Baseline } from './gates/baseline.ts';
import type { PhaseContext } from './phases.ts';
import { changesOf, fail, type HostProgress, isKeptStandby } from './progress.ts';
import { verifyHost } from './verify.ts';

/** What batches need of the run. */
export interface RolloutContext extends PhaseContext {
  readonly inventory: Inventory;
  readonly hosts: readonly HostTasks[];
  /** Not fenced: for questions. */
  readonly asking: ReadonlyMap<string, Session>;
  readonly finish?: (host: string) => Promise<void>;
  /** Whether the cluster shall hold its VIPs afterwards: not where haprov takes itself away. */
  readonly serves: boolean;
}

/**
 * One batch, from arming to confirmation. Whatever fails in it, the hosts that failed get their old state back; where it
 * concerns all of them (peers notice it, a gate of the cluster), every host of the batch does.
 */
export async function runBatch(
  cluster: Cluster,
  batch: Batch,
  members: readonly HostProgress[],
  baseline: Baseline,
  context: RolloutContext,
): Promise<void> {
  const active = batch.members.flatMap((member): ActiveMember[] => {
    const progress = members.find((one) => one.host === member.host);
    return progress === undefined ? [] : [{ member, progress }];
  });
  const hosts = active.map(({ member }) => member.host);
  context.emit({ event: 'move-start', cluster: cluster.name, hosts, kind: batch.kind });
  await each(active, (one) => armMember(cluster, one, context));
  for (const host of hosts) context.emit({ event: 'phase-start', host, phase: 'activate' });
  if (batch.kind === 'start') await startAll(cluster, active.filter(isFine), context);
  else if (batch.kind === 'one') await each(active.filter(isFine), (one) => activateMember(cluster, one, context));
  else if (active.every(isFine)) await blame(active, activateTogether(batch, active, context));
  for (const host of hosts) context.emit({ event: 'phase-end', host, phase: 'activate' });

  const activated = standing(batch, active);
  if (activated.length > 0 && context.serves) {
    const ids = activated.filter(({ progress }) => !isKeptStandby(progress)).map(({ member }) => member.host);
    await blame(activated, context.safeguards.gates(cluster, ids, baseline));
  }
  await each(standing(batch, activated), ({ member }) => context.safeguards.reach(member.host));
  const confirmed = new Set<ActiveMember>();
  await each(standing(batch, activated), async (one) => {
    await confirmMember(one, context);
    confirmed.add(one);
  });
  const bad = active.filter((one) => !confirmed.has(one));
  await Promise.all(bad.map((one) => revertMember(cluster, one, bad, context)));
  await each([...confirmed], ({ progress }) => verifyMember(progress, context));
}

/**
 * All members of a cluster that serves nothing, side by side up to the start of keepalived. Then the first one starts it,
 * which is the one of the highest priority, and the others after it: with nopreempt whoever is first keeps the VIPs.
 */
async function startAll(cluster: Cluster, active: readonly ActiveMember[], context: RolloutContext): Promise<void> {
  const part = (one: ActiveMember, pick: (index: number, start: number) => boolean): ActiveMember => {
    const { changes } = one.member;
    const start = changes.findIndex(({ unit, action }) => unit === 'keepalived' && action === 'start');
    const picked = changes.filter((_, index) => pick(index, start < 0 ? changes.length : start));
    return { ...one, member: { ...one.member, changes: picked } };
  };
  const before = (one: ActiveMember): ActiveMember => part(one, (index, start) => index < start);
  const rest = (one: ActiveMember): ActiveMember => part(one, (index, start) => index >= start);
  await each(active, (one) => activateMember(cluster, before(one), context));
  const [first, ...others] = active.filter(isFine);
  if (first !== undefined) await each([first], (one) => activateMember(cluster, rest(one), context));
  await each(others, (one) => activateMember(cluster, rest(one), context));
}

/** Who may go on: hosts that start by themselves each for its own, members whose peers depend on them all or none. */
function standing(batch: Batch, active: readonly ActiveMember[]): readonly ActiveMember[] {
  return batch.kind === 'start' || active.every(isFine) ? active.filter(isFine) : [];
}

async function armMember(
  cluster: Cluster,
  { member, progress }: ActiveMember,
  { safeguards, emit }: RolloutContext,
): Promise<void> {
  const seconds = secondsToConfirm(cluster);
  await safeguards.arm(member.host, [...undoable(progress, member.changes), ...keepRunning(cluster, member)], seconds);
  emit({ event: 'armed', host: member.host, seconds });
}

/** A handover stops keepalived though no change of its own does: going back has to see that it runs. */
function keepRunning(cluster: Cluster, { changes }: BatchMember): readonly Change[] {
  if (restartsOf(changes, cluster).length === 0 || changes.some(({ unit }) => unit === 'keepalived')) return [];
  const named = { task: 'hand over', module: 'service', action: 'reload', target: 'service keepalived' } as const;
  return [{ ...named, unit: 'keepalived', detail: '', phase: 'activate', steps: [], notify: [] }];
}

/** Until a batch is confirmed nothing uses what was prepared: it goes back as well. */
function undoable(progress: HostProgress, changes: readonly Change[]): readonly Change[] {
  const prepared = progress.confirmed === true ? [] : changesOf(progress).filter(({ phase }) => phase === 'prepare');
  return [...prepared, ...changes];
}

async function confirmMember({ member, progress }: ActiveMember, { safeguards, emit }: RolloutContext): Promise<void> {
  await safeguards.confirm(member.host);
  progress.confirmed = true;
  emit({ event: 'confirmed', host: member.host });
}

async function revertMember(
  cluster: Cluster,
  one: ActiveMember,
  bad: readonly ActiveMember[],
  { safeguards, emit }: RolloutContext,
): Promise<void> {
  const { member, progress } = one;
  const cause = bad.find(({ progress: { failure } }) => failure !== undefined)?.progress.failure?.error.message ?? '';
  const { state, detail } = await safeguards.revert(member.host, cause);
  if (progress.failure === undefined) {
    const partners = bad.filter((other) => other !== one && other.progress.failure !== undefined);
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

/** Reads the facts of a host anew once all its changes were made: what is left over is its failure. */
export async function verifyMember(progress: HostProgress, { hosts, asking, emit }: RolloutContext): Promise<void> {
  const tasks = hosts.find((one) => one.host.id === progress.host);
  const session = asking.get(progress.host);
  // What later batches will do is still to be done.
  if (tasks === undefined || session === undefined || progress.made < changesOf(progress).length) return;
  emit({ event: 'phase-start', host: progress.host, phase: 'verify' });
  progress.verified = true;
  await verifyHost(tasks, session);
}

function isFine({ progress }: ActiveMember): boolean {
  return progress.failure === undefined;
}

/** Each to its end; a failure is that host's own. */
async function each(active: readonly ActiveMember[], work: (one: ActiveMember) => Promise<void>): Promise<void> {
  await Promise.all(active.map((one) => work(one).catch((error: unknown) => fail(one.progress, error))));
}

/** A failure of work on several hosts is the one's that it names, or everyone's. */
async function blame(active: readonly ActiveMember[], work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const named = error instanceof HaprovError ? active.filter(({ member }) => member.host === error.facts.host) : [];
    for (const { progress } of named.length > 0 ? named : active) fail(progress, error);
  }
}
