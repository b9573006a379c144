import type { Cluster, Inventory } from '../../inventory/model.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { HostPlan, Plan } from '../plan.ts';
import type { Batch, BatchMember } from './batch.ts';
import { blockedBy, leftOut } from './blocked.ts';
import { holdersLast, masterFirst } from './order.ts';
import { isPeerVisible, isPendingReload, type Passes, splitPasses } from './passes.ts';

export type { Batch, BatchMember, Holdings } from './batch.ts';
export { reorder } from './order.ts';

/** How a cluster is rolled out. No batches: nothing to activate. */
export interface ClusterRollout {
  readonly cluster: string;
  readonly batches: readonly Batch[];
  /** Why nothing may be activated, and what to do: a host that could not be asked, or a second master that would be made. */
  readonly blocked?: string;
}

/** The order of a rollout: clusters side by side, the members of one cluster one after the other, holders last. */
export interface Rollout {
  readonly clusters: readonly ClusterRollout[];
}

type PlannedHost = Extract<HostPlan, { status: 'planned' }>;

/** Plans the rollout of all clusters, in the inventory's order. Pure. */
export function planRollout(inventory: Inventory, plan: Plan): Rollout {
  const plans = new Map(plan.hosts.map((host) => [host.host, host]));
  return {
    clusters: inventory.clusters.map((cluster) =>
      rollOut(
        cluster,
        cluster.hosts.flatMap(({ id }) => plans.get(id) ?? []),
      ),
    ),
  };
}

/** What may be activated at a time, as host ids: the n-th wave has the n-th batch of every cluster that has one. */
export function wavesOf(rollout: Rollout): readonly (readonly string[])[] {
  const longest = Math.max(0, ...rollout.clusters.map(({ batches }) => batches.length));
  return Array.from({ length: longest }, (_, index) =>
    rollout.clusters.flatMap(({ batches }) => batches[index]?.members.map(({ host }) => host) ?? []),
  );
}

function rollOut(cluster: Cluster, hosts: readonly HostPlan[]): ClusterRollout {
  const planned = hosts.filter((host): host is PlannedHost => host.status === 'planned');
  const broken = hosts.filter((host): host is Exclude<HostPlan, PlannedHost> => host.status !== 'planned');
  const blocked = blockedBy(cluster, planned, broken);
  if (blocked !== undefined) return { cluster: cluster.name, batches: [], blocked };
  const members = planned.map(({ host, changes, holds }): BatchMember => {
    return { host, holds, changes: changes.filter(({ phase }) => phase === 'activate') };
  });
  // Peers that notice something run, and may hold VIPs that the inventory no longer has.
  const seen = members.some(({ changes }) => changes.some(isPeerVisible));
  const serves = seen || members.some(({ holds }) => holds.length > 0) || leftOut(cluster).length > 0;
  const quiet = new Set(planned.flatMap(({ host, maintenance }) => (maintenance === undefined ? [] : [host])));
  return { cluster: cluster.name, batches: serves ? batchesOf(cluster, members, quiet) : startOf(cluster, members) };
}

function startOf(cluster: Cluster, members: readonly BatchMember[]): readonly Batch[] {
  const concerned = byPriority(cluster, members).filter(({ changes }) => changes.length > 0);
  return concerned.length === 0 ? [] : [{ kind: 'start', members: concerned }];
}

/** `quiet`: hosts in maintenance, whose keepalived has no part in what peers do at the same moment. */
function batchesOf(cluster: Cluster, members: readonly BatchMember[], quiet: ReadonlySet<string>): readonly Batch[] {
  // What keepalived would read after a reload that is owed may be what peers notice: all who owe one, at once.
  const common = members.some(({ changes }) =>
    changes.some((one) => isPeerVisible(one) || isPendingReload(one, changes)),
  );
  if (!common) return oneByOne(members);
  const passes = members.map((member) => ({
    ...member,
    passes: quiet.has(member.host) ? { before: member.changes, together: [], after: [] } : splitPasses(member.changes),
  }));
  const pick = (pass: keyof Passes): readonly BatchMember[] =>
    passes.map(({ host, holds, passes: of }) => ({ host, holds, changes: of[pass] }));
  const together = allAtOnce(cluster, pick('together'));
  if (together.length === 0) return oneByOne(members);
  return [...oneByOne(pick('before')), ...together, ...oneByOne(pick('after'))];
}

function oneByOne(members: readonly BatchMember[]): readonly Batch[] {
  const concerned = members.filter(({ changes }) => changes.length > 0);
  return holdersLast(concerned.map((member): Batch => ({ kind: 'one', members: [member] })));
}

function allAtOnce(cluster: Cluster, members: readonly BatchMember[]): readonly Batch[] {
  const concerned = byPriority(cluster, members).filter(({ changes }) => changes.length > 0);
  if (concerned.length === 0) return [];
  const anew = new Set(
    concerned.flatMap(({ changes }) =>
      changes.flatMap(({ peerVisible = [] }) => peerVisible.filter((one) => one.anew).map(({ instance }) => instance)),
    ),
  );
  const batch: Batch = { kind: 'together', members: concerned };
  if (anew.size === 0 || concerned.length === 1) return [masterFirst(batch)];
  const recreatedVips = vipAddresses(cluster.vrrp_instances.filter(({ name }) => anew.has(name)));
  return [masterFirst({ ...batch, recreatesInstance: true, recreatedVips })];
}

/** The likely taker of the VIPs first: the highest priority that the inventory gives the host. */
function byPriority(cluster: Cluster, members: readonly BatchMember[]): readonly BatchMember[] {
  const names = new Map(cluster.hosts.map(({ id, name }) => [id, name]));
  const highest = ({ host }: BatchMember): number =>
    Math.max(0, ...cluster.vrrp_instances.map(({ priority }) => priority[names.get(host) ?? ''] ?? 0));
  return [...members].sort((a, b) => highest(b) - highest(a));
}
