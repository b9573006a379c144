import type { Change, PeerVisible } from '../../changes/change.ts';
import { describeMaintenance } from '../../facts/state/maintenance.ts';
import type { Cluster } from '../../inventory/model.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { HostPlan } from '../plan.ts';
import { isDisturbing, isPeerVisible, unitOf } from './passes.ts';

type PlannedHost = Extract<HostPlan, { status: 'planned' }>;

/** Names of members that --limit leaves out of the run. */
export function leftOut(cluster: Cluster): readonly string[] {
  const here = new Set(cluster.hosts.map(({ name }) => name));
  const all = cluster.vrrp_instances.flatMap(({ priority }) => Object.keys(priority));
  return [...new Set(all)].filter((name) => !here.has(name));
}

/**
 * Why nothing of the cluster may be activated, and what to do; undefined: it may. One bad host stops its cluster; and what
 * peers notice has to come to all of them at once, to those that --limit leaves out too.
 */
export function blockedBy(
  cluster: Cluster,
  planned: readonly PlannedHost[],
  broken: readonly Exclude<HostPlan, PlannedHost>[],
): string | undefined {
  const active = planned.filter(({ changes }) => changes.some(({ phase }) => phase === 'activate'));
  const seen = active.filter(({ changes }) => changes.some(isPeerVisible));
  const out = leftOut(cluster);
  if (active.length > 0 && broken.length === 0) {
    const alone = aloneBy(cluster, planned);
    if (alone !== undefined) return alone;
  }
  if (active.length === 0 || (broken.length === 0 && (seen.length === 0 || out.length === 0))) return undefined;
  const unreachable = broken.every(({ status }) => status === 'unreachable');
  const names = broken.map(({ host }) => host).join(' and ');
  const cause =
    broken.length > 0
      ? `${names} ${unreachable ? 'could not be reached' : 'could not be planned'}`
      : `--limit leaves ${out.join(' and ')} out`;
  if (seen.length === 0) return `${cause}, so ${active.map(({ host }) => host).join(' and ')} is left alone`;
  const next =
    broken.length > 0
      ? `Mend ${names}, or take it out of the inventory.`
      : `Apply the whole cluster at once: --limit ${cluster.name}`;
  return `${cause}, and it has to take what peers notice at the same moment: ${consequence(cluster, seen)}. ${next}`;
}

/** Why the holder may not be disturbed where all that could take its VIPs are in maintenance. */
function aloneBy(cluster: Cluster, planned: readonly PlannedHost[]): string | undefined {
  const kept = planned.filter(({ maintenance }) => maintenance !== undefined);
  if (kept.length === 0) return undefined;
  for (const { host, holds, changes } of planned) {
    const others = planned.filter((one) => one.host !== host);
    if (holds.length === 0 || leftOut(cluster).length > 0 || !others.every((one) => kept.includes(one))) continue;
    const bad = changes.find((change) => isInterrupting(change, cluster));
    if (bad === undefined) continue;
    const names = kept.map((one) => one.host).join(' and ');
    const why = kept.flatMap(({ maintenance }) =>
      maintenance === undefined ? [] : [describeMaintenance(maintenance)],
    );
    const what = `${host} has nobody to hand ${holds.join(', ')} to while it ${bad.action}s ${unitOf(bad) ?? bad.target}`;
    return `${what}: ${names} is ${why[0] ?? 'in maintenance'}. First: haprov maintenance off ${kept[0]?.host ?? ''}`;
  }
  return undefined;
}

/** Whether the VIPs of its host are on no host for a while by this change. To stop keepalived for good is what was asked for. */
function isInterrupting(change: Change, cluster: Cluster): boolean {
  if (change.peerVisible?.some(({ anew }) => anew) === true) return true;
  return isDisturbing(change, cluster) && !(change.action === 'stop' && unitOf(change) === 'keepalived');
}

/** "VI_1 virtual_ipaddress + 10.0.0.5/24; with that on lb1 alone, two hosts would hold 10.0.0.4". */
function consequence(cluster: Cluster, seen: readonly PlannedHost[]): string {
  const visible = listVisible(seen.flatMap(({ changes }) => changes.flatMap(({ peerVisible = [] }) => peerVisible)));
  const names = new Set(visible.map(({ instance }) => instance));
  const vips = vipAddresses(cluster.vrrp_instances.filter(({ name }) => names.has(name)));
  const held = vips.filter((vip) => seen.some(({ holds }) => holds.includes(vip)));
  const [first = 'a VIP', ...more] = held.length > 0 ? held : vips;
  const what = visible.map(({ instance, key, detail }) => `${instance} ${key} ${detail}`).join(', ');
  const who = seen.map(({ host }) => host).join(' and ');
  return `${what}; with that on ${who} alone, two hosts would hold ${first}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

/** What several hosts have in common is listed once. */
export function listVisible(all: readonly PeerVisible[]): readonly PeerVisible[] {
  const seen = new Map(all.map((one) => [`${one.instance}\n${one.key}\n${one.detail}`, one]));
  return [...seen.values()];
}
