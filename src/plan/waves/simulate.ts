import type { Change } from '../../changes/change.ts';
import type { Cluster, Instance } from '../../inventory/model.ts';
import { unitMembersOf } from '../../inventory/move-units.ts';
import { normal } from '../../keepalived/kinds/addresses.ts';
import { elect } from '../../vrrp/election.ts';
import { masterDown, stopOutage } from '../../vrrp/timing.ts';
import { vipAddresses, virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { HostPlan } from '../plan.ts';
import type { Batch, BatchMember } from './batch.ts';
import { afterChanges, candidatesOf, type LiveMember, liveMembers } from './live-members.ts';
import { isDisturbing, isOfKeepalived, unitOf } from './passes.ts';
import type { VipMove } from './vip-move.ts';

/** A cluster on its way through a rollout. */
interface Course {
  readonly cluster: Cluster;
  members: readonly LiveMember[];
  /** Who has each VIP that a host had at first: host ids by VIP. */
  readonly holders: Map<string, string>;
  readonly moves: VipMove[];
  /** Better hosts that leave a VIP where it is, `HOST VIP`, until they start anew: something holds them back that no plan tells. */
  readonly idle: Set<string>;
}

/** Where the VIPs of a cluster go while its batches are made, in that order. Pure. */
export function simulate(cluster: Cluster, batches: readonly Batch[], hosts: readonly HostPlan[]): readonly VipMove[] {
  const planned = hosts.flatMap((host) => (host.status === 'planned' ? host.holds.map((vip) => [vip, host.host]) : []));
  const inBatches = batches.flatMap(({ members }) =>
    members.flatMap(({ host, holds }) => holds.map((vip) => [vip, host])),
  );
  const holders = new Map([...inBatches, ...planned].map(([vip = '', host = '']) => [vip, host]));
  const members = liveMembers(cluster, hosts);
  const idle = new Set([...holders].flatMap(([vip, from]) => heldBack(cluster, members, vip, from)));
  const course: Course = { cluster, members, holders, moves: [], idle };
  for (const batch of batches) {
    if (batch.kind === 'together') makeTogether(course, batch);
    else if (batch.kind === 'start') for (const member of batch.members) makeChanges(course, member);
    else for (const member of batch.members) makeAlone(course, member);
  }
  return course.moves;
}

function heldBack(cluster: Cluster, members: readonly LiveMember[], vip: string, from: string): readonly string[] {
  const instance = instanceOf(cluster, vip);
  const candidates = instance === undefined ? [] : candidatesOf(instance, members);
  const own = candidates.find(({ host }) => host === from)?.priority ?? Number.POSITIVE_INFINITY;
  return candidates.flatMap((one) => (one.preempts && one.priority > own ? [`${one.host} ${vip}`] : []));
}

function makeChanges(course: Course, { host, changes }: BatchMember): void {
  const { cluster, idle } = course;
  const anew = changes.some(({ action }) => action === 'start' || action === 'restart');
  for (const one of idle) if (anew && one.startsWith(`${host} `)) idle.delete(one);
  course.members = course.members.map((one) => (one.id === host ? afterChanges(one, changes, cluster.service) : one));
}

/** A member by itself: it hands over what it holds before it is disturbed, and the election goes on with what has become of it. */
function makeAlone(course: Course, member: BatchMember): void {
  const { host, changes } = member;
  const disturbing = changes.filter((change) => isDisturbing(change, course.cluster));
  const handed: VipMove[] =
    disturbing.length > 0
      ? handOver(course, host, heldBy(course, host), doing(disturbing))
      : handOver(course, host, recreatedOf(course, member), recreates(changes));
  makeChanges(course, member);
  for (const move of handed) course.moves.push({ ...move, returns: comesBack(course, move) });
  settle(course, host, whyOf(changes));
}

/** What instances that keepalived makes anew hold, with all of their sync groups: it goes to a backup until they are back. */
function recreatedOf(course: Course, { host, changes }: BatchMember): readonly Held[] {
  const anew = changes.flatMap(({ recreates = [] }) => recreates);
  if (anew.length === 0) return [];
  return heldBy(course, host).filter(([instance]) => {
    const unit = instance === undefined ? [] : unitMembersOf(course.cluster, instance.name);
    return anew.some((one) => unit.includes(one.instance));
  });
}

function recreates(changes: readonly Change[]): string {
  const keys = changes.flatMap(({ recreates = [] }) => recreates.map(({ key }) => key));
  return `changes ${[...new Set(keys)].join(', ')}`;
}

function handOver(course: Course, host: string, held: readonly Held[], why: string): VipMove[] {
  const { cluster, members, holders } = course;
  return held.map(([instance, vip]) => {
    const about = { cluster: cluster.name, vip, from: host, by: host, why, kind: 'handover', returns: false } as const;
    if (instance === undefined) return { ...about, to: undefined, outage: undefined };
    const candidates = candidatesOf(instance, members).filter((one) => one.host !== host);
    const { holder: taker } = elect(candidates, undefined);
    const to = taker?.host ?? strangerOf(instance, cluster);
    if (to !== undefined) holders.set(vip, to);
    const outage = taker === undefined ? undefined : stopOutage(taker.priority, virtualRouterOf(instance).adverts);
    return { ...about, to, outage };
  });
}

/** A member that --limit leaves out: the one of the highest priority. Nothing is known of it. */
function strangerOf({ priority }: Instance, { hosts }: Cluster): string | undefined {
  const others = Object.entries(priority).filter(([name]) => !hosts.some((host) => host.name === name));
  return others.sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Whether the host takes a VIP back that it handed over, now that it has made its changes. */
function comesBack(course: Course, { vip, from, to }: VipMove): boolean {
  const instance = instanceOf(course.cluster, vip);
  if (instance === undefined || to === undefined) return false;
  const candidates = candidatesOf(instance, course.members);
  const known = candidates.some((one) => one.host === to);
  const stranger = { host: to, name: to, priority: instance.priority[to] ?? 0, preempts: true };
  const back = elect(known ? candidates : [...candidates, stranger], to).holder?.host === from;
  if (back) course.holders.set(vip, from);
  return back;
}

/** What all members take at once. */
function makeTogether(course: Course, batch: Batch): void {
  const made = batch.members.flatMap((member) =>
    heldBy(course, member.host).flatMap(([, vip]) => reassigned(course, batch, member, vip) ?? []),
  );
  for (const member of batch.members) makeChanges(course, member);
  for (const move of made) {
    if (move.to !== undefined) course.holders.set(move.vip, move.to);
    const returns = move.kind === 'together' && isAnew(batch, move.vip) && comesBack(course, move);
    course.moves.push({ ...move, returns });
  }
  for (const member of batch.members) settle(course, member.host, whyOf(member.changes));
}

function isAnew({ recreatesInstance, recreatedVips = [] }: Batch, vip: string): boolean {
  return recreatesInstance === true && recreatedVips.includes(vip);
}

/** To the first member, where its instance is made anew; to the master of the instance that gets it, else. */
function reassigned(course: Course, batch: Batch, { host, changes }: BatchMember, vip: string): VipMove | undefined {
  const { cluster } = course;
  const seen = changes.flatMap(({ peerVisible = [] }) => peerVisible);
  if (seen.length === 0) return undefined;
  const about = { cluster: cluster.name, vip, from: host, by: host, kind: 'together', returns: false } as const;
  const instance = instanceOf(cluster, vip);
  const own = seen.filter((one) => one.anew && one.instance === instance?.name);
  if (batch.recreatesInstance !== true && instance !== undefined && own.length > 0) {
    // There is no other that could serve meanwhile: it elects itself.
    const [self] = candidatesOf(instance, course.members).filter((one) => one.host === host);
    const wait = Math.round(masterDown(self?.priority ?? 1, virtualRouterOf(instance).adverts));
    return { ...about, to: undefined, why: keysOf(own), outage: { min: wait, max: wait } };
  }
  const anew = isAnew(batch, vip);
  const to = anew ? batch.members[0]?.host : masterOf(cluster, batch, vip);
  if (to === undefined || to === host) return undefined;
  return { ...about, to, why: keysOf(seen.filter((one) => !anew || one.anew)), outage: undefined };
}

function keysOf(visible: readonly { readonly key: string }[]): string {
  return `changes ${[...new Set(visible.map(({ key }) => key))].join(', ')}`;
}

/** Who holds the instance that gets this VIP; undefined where it gets none, or the holder of the VIP holds it too. */
function masterOf(cluster: Cluster, { members }: Batch, vip: string): string | undefined {
  const visible = members.flatMap(({ changes }) => changes.flatMap(({ peerVisible = [] }) => peerVisible));
  const coming = new Set(visible.flatMap(({ gets }) => gets ?? []));
  if (!coming.has(normal(vip))) return undefined;
  const instance = instanceOf(cluster, vip);
  const own = vipAddresses(instance === undefined ? [] : [instance]).filter((one) => !coming.has(normal(one)));
  const masters = members.filter(({ holds }) => own.some((one) => holds.includes(one)));
  return masters.some(({ holds }) => holds.includes(vip)) ? undefined : masters[0]?.host;
}

/** Brings each VIP to where the election puts it after a host has made its changes. */
function settle(course: Course, by: string, why: string): void {
  const { cluster, members, holders, moves, idle } = course;
  for (const [vip, from] of [...holders]) {
    const instance = instanceOf(cluster, vip);
    // Of one that --limit leaves out nothing is known.
    if (instance === undefined || !members.some(({ id }) => id === from)) continue;
    const candidates = candidatesOf(instance, members).filter(
      ({ host }) => host === from || !idle.has(`${host} ${vip}`),
    );
    const { how, holder } = elect(candidates, from);
    if (how === 'stays' || how === 'unheld') continue;
    const { adverts } = virtualRouterOf(instance);
    const outage = how === 'taken' ? stopOutage(holder.priority, adverts) : undefined;
    holders.set(vip, holder.host);
    moves.push({
      cluster: cluster.name,
      vip,
      from,
      to: holder.host,
      by,
      why,
      kind: 'election',
      outage,
      returns: false,
    });
  }
}

/** A VIP with its instance, where the inventory has one. */
type Held = readonly [Instance | undefined, string];

/** The VIPs that a host holds. */
function heldBy({ cluster, holders }: Course, host: string): readonly Held[] {
  return [...holders].flatMap(([vip, holder]) => (holder === host ? [[instanceOf(cluster, vip), vip] as const] : []));
}

function instanceOf(cluster: Cluster, vip: string): Instance | undefined {
  return cluster.vrrp_instances.find((instance) => vipAddresses([instance]).includes(vip));
}

/** "restarts keepalived, stops nginx". */
function doing(changes: readonly Change[]): string {
  return [...new Set(changes.map((change) => `${change.action}s ${unitOf(change)}`))].join(', ');
}

/** What of these changes an election notices. */
function whyOf(changes: readonly Change[]): string {
  const units = changes.filter(({ action }) => ['start', 'stop', 'restart'].includes(action));
  const named = units.filter((change) => unitOf(change) !== undefined);
  if (named.length > 0) return doing(named);
  return changes.some((change) => isOfKeepalived(change)) ? 'reads its new priority' : 'changes';
}
