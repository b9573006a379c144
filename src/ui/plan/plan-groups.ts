import type { Action, Change } from '../../changes/change.ts';
import type { HostPlan, Plan } from '../../plan/plan.ts';
import { groupBy } from '../terminal/group.ts';

/** A host whose plan could be made. */
export type PlannedHost = Extract<HostPlan, { status: 'planned' }>;
/** A host whose plan could not be made. */
export type BrokenHost = Exclude<HostPlan, PlannedHost>;

/** Changes that the same hosts share, shown once. `hosts` are ids in the inventory's order. */
export interface ChangeGroup {
  readonly hosts: readonly string[];
  readonly changes: readonly Change[];
}

/** What a change is to its reader: something new, something different, something gone. */
export type Kind = 'create' | 'update' | 'remove';

/** Hosts that share a change from which on it is shown once instead of per host. */
const SHARED_FROM = 4;

/** The kind of an action, for the marks + ~ - and the closing count. */
export function kindOf(action: Action): Kind {
  if (action === 'create' || action === 'install' || action === 'open') return 'create';
  return action === 'remove' ? 'remove' : 'update';
}

/** Hosts of a plan by whether they could be asked. */
export function splitHosts(plan: Plan): { planned: PlannedHost[]; broken: BrokenHost[] } {
  const planned: PlannedHost[] = [];
  const broken: BrokenHost[] = [];
  for (const host of plan.hosts) host.status === 'planned' ? planned.push(host) : broken.push(host);
  return { planned, broken };
}

/**
 * Shared groups first, the largest before the smaller ones, then what is a host's own, in the inventory's order. Each
 * change of each host is in exactly one group; within a group the hosts' own order is kept.
 */
export function groupChanges(hosts: readonly PlannedHost[]): ChangeGroup[] {
  const keyed = hosts.map((host) => ({ host, changes: withKeys(host.changes) }));
  const all = keyed.flatMap(({ host, changes }) => changes.map(({ key }) => ({ key, host: host.host })));
  const holders = groupBy(all, ({ key }) => key);
  const shared = new Map<string, { hosts: readonly string[]; changes: Map<string, Change> }>();
  const own: ChangeGroup[] = [];
  for (const { host, changes } of keyed) {
    const rest: Change[] = [];
    for (const { key, change } of changes) {
      const ids = (holders.get(key) ?? []).map((one) => one.host);
      if (ids.length < SHARED_FROM) rest.push(change);
      else groupFor(shared, ids).changes.set(key, change);
    }
    if (rest.length > 0) own.push({ hosts: [host.host], changes: rest });
  }
  const groups = [...shared.values()].map((group) => ({ hosts: group.hosts, changes: [...group.changes.values()] }));
  return [...groups.sort((a, b) => b.hosts.length - a.hosts.length), ...own];
}

// A host may have the same change twice (two restarts): the count keeps them apart.
function withKeys(changes: readonly Change[]): { key: string; change: Change }[] {
  const seen = new Map<string, number>();
  return changes.map((change) => {
    const { task, action, target, detail, phase, diff } = change;
    const key = JSON.stringify([task, action, target, detail, phase, diff]);
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return { key: `${times} ${key}`, change };
  });
}

function groupFor(
  groups: Map<string, { hosts: readonly string[]; changes: Map<string, Change> }>,
  hosts: readonly string[],
): { changes: Map<string, Change> } {
  const key = hosts.join('\n');
  const known = groups.get(key);
  if (known !== undefined) return known;
  const fresh = { hosts, changes: new Map<string, Change>() };
  groups.set(key, fresh);
  return fresh;
}
