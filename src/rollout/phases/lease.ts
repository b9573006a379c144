import { reportError } from '../../errors.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { Gathered } from '../../plan/gather.ts';
import type { HostPlan, Plan } from '../../plan/plan.ts';
import type { Session } from '../../transport/session.ts';
import { type Lock, lockHosts } from '../lease/lock.ts';
import { type WaitOptions, waitForOthers } from '../lease/wait.ts';

export interface LeaseHostsOptions extends Omit<WaitOptions, 'sessions'> {
  readonly inventory: Inventory;
  /** Makes the plan; over these sessions, where it was made before. */
  readonly plan: (sessions?: ReadonlyMap<string, Session>) => Promise<Gathered>;
  /** Whether the plan shall be carried out. */
  readonly agree: (plan: Plan) => Promise<boolean>;
}

/** What was agreed to, and the hosts that it concerns. Whoever gets it releases the lock. */
export interface Leased {
  /** Hosts that could not be locked have failed in it. */
  readonly plan: Plan;
  readonly asking: ReadonlyMap<string, Session>;
  readonly lock: Lock;
}

/**
 * Plans the hosts, and leases those of the clusters that have changes once that is agreed to. Where another run is at work
 * on one it waits for its end, and where one was changed since it was planned it plans anew. undefined: not agreed.
 */
export async function leaseHosts(options: LeaseHostsOptions): Promise<Leased | undefined> {
  const { inventory, force, onWaiting } = options;
  let gathered = await options.plan();
  for (;;) {
    // A plan of a host that another run is changing would not be true.
    if (gathered.plan.hosts.some(isBusy) && !force) {
      await waitForOthers({ ...options, sessions: hostsToLock(gathered, inventory) });
      gathered = await options.plan(gathered.sessions);
    }
    const { plan, sessions: asking } = gathered;
    if (!(await options.agree(plan))) return undefined;
    const sessions = hostsToLock(gathered, inventory);
    const lock = await lockHosts({ ...options, sessions, expected: generationsOf(plan) });
    if (lock.stale.length === 0) return { plan: withoutUnlocked(plan, lock), asking, lock };
    for (const host of lock.stale) onWaiting(host, 'was changed since it was asked: planning anew');
    await lock.release();
    gathered = await options.plan(asking);
  }
}

/**
 * All hosts that could be asked of each cluster that has changes: a partner at work elsewhere is no partner. Of one that
 * another run is at work on, or has left armed, too: it may look converged and is about to change.
 */
export function hostsToLock({ plan, sessions }: Gathered, { clusters }: Inventory): ReadonlyMap<string, Session> {
  const busy = new Set(
    plan.hosts
      .filter((host) => isBusy(host) || (host.status === 'planned' && host.changes.length > 0))
      .map(({ cluster }) => cluster),
  );
  // Nothing is done in a cluster of which a host could not be planned.
  for (const host of plan.hosts) if (host.status !== 'planned') busy.delete(host.cluster);
  const hosts = clusters.filter(({ name }) => busy.has(name)).flatMap((cluster) => cluster.hosts);
  return new Map(
    hosts.flatMap(({ id }) => {
      const session = sessions.get(id);
      return session === undefined ? [] : [[id, session] as const];
    }),
  );
}

/** What each host said of its last run, when it was planned. */
export function generationsOf({ hosts }: Plan): ReadonlyMap<string, string> {
  return new Map(
    hosts.flatMap((host) => (host.status === 'planned' ? [[host.host, host.guard.generation] as const] : [])),
  );
}

/** Another run is at work on the host, or has left it with its switch armed. */
export function isBusy(host: HostPlan): boolean {
  return host.status === 'planned' && (host.guard.lease !== null || host.guard.armed !== null);
}

/** The plan with the hosts that could not be locked as failed: nothing is done to them, nor to their partners. */
export function withoutUnlocked(plan: Plan, { failed }: Pick<Lock, 'failed'>): Plan {
  const hosts = plan.hosts.map((host): HostPlan => {
    if (!failed.has(host.host)) return host;
    const error = { host: host.host, ...reportError(failed.get(host.host)) };
    return { host: host.host, cluster: host.cluster, status: 'failed', error };
  });
  return { ...plan, hosts };
}
