import type { Action, Change } from '../../changes/change.ts';
import type { HostPlan, Plan } from '../../plan/plan.ts';
import { groupBy } from '../terminal/group.ts';
import type { HostChange } from './merged-diff.ts';

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

/** Hosts that share a change from which on it is shown once, whatever else they do. */
const SHARED_FROM = 4;

export interface GroupOptions {
  /** What a change does to the VIP: fewer hosts share what does the same on each of them. */
  readonly effectOf?: (host: string, change: Change) => string;
  /** Makes one change of those of several hosts; undefined: they are too different. */
  readonly merge?: (changes: readonly HostChange[]) => Change | undefined;
}

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
export function groupChanges(hosts: readonly PlannedHost[], options: GroupOptions = {}): ChangeGroup[] {
  const keyed = hosts.map((host) => ({ host, changes: withKeys(host.changes) }));
  const all = keyed.flatMap(({ host: { host }, changes }) => changes.map((one) => ({ ...one, host })));
  const joint = jointChanges(all, options);
  const shared = new Map<string, { hosts: readonly string[]; changes: Map<string, Change> }>();
  const own: ChangeGroup[] = [];
  for (const { host, changes } of keyed) {
    const rest: Change[] = [];
    for (const { key, rough, change } of changes) {
      const together = joint.get(key) ?? joint.get(rough);
      if (together === undefined) rest.push(change);
      else groupFor(shared, together.hosts).changes.set(joint.has(key) ? key : rough, together.change);
    }
    if (rest.length > 0) own.push({ hosts: [host.host], changes: rest });
  }
  const groups = [...shared.values()].map((group) => ({ hosts: group.hosts, changes: [...group.changes.values()] }));
  return [...groups.sort((a, b) => b.hosts.length - a.hosts.length), ...own];
}

interface Keyed extends HostChange {
  readonly key: string;
  /** Without what a file's text is. */
  readonly rough: string;
}

interface Joint {
  readonly hosts: readonly string[];
  readonly change: Change;
}

/** Changes that are shown once for several hosts, by their key: exact ones first, then files that differ in a few values. */
function jointChanges(all: readonly Keyed[], { effectOf, merge }: GroupOptions): ReadonlyMap<string, Joint> {
  const joint = new Map<string, Joint>();
  const alike = (same: readonly Keyed[]): boolean =>
    same.length >= SHARED_FROM ||
    (same.length > 1 &&
      effectOf !== undefined &&
      new Set(same.map(({ host, change }) => effectOf(host, change))).size === 1);
  const add = (key: string, same: readonly Keyed[], change: Change | undefined): void => {
    if (change !== undefined) joint.set(key, { hosts: same.map(({ host }) => host), change });
  };
  for (const [key, same] of groupBy(all, (one) => one.key)) if (alike(same)) add(key, same, same[0]?.change);
  const left = all.filter(({ key, change }) => !joint.has(key) && change.diff !== undefined);
  if (merge === undefined) return joint;
  for (const [key, same] of groupBy(left, ({ rough }) => rough)) if (alike(same)) add(key, same, merge(same));
  return joint;
}

// A host may have the same change twice (two restarts): the count keeps them apart.
function withKeys(changes: readonly Change[]): { key: string; rough: string; change: Change }[] {
  const seen = new Map<string, number>();
  return changes.map((change) => {
    const { task, action, target, detail, phase, diff } = change;
    const rough = JSON.stringify([task, action, target, detail, phase]);
    const times = (seen.get(rough) ?? 0) + 1;
    seen.set(rough, times);
    return { key: `${times} ${rough} ${JSON.stringify(diff)}`, rough: `${times} ${rough}`, change };
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
