import type { Change } from '../../changes/change.ts';
import type { Cluster, Instance, Inventory } from '../../inventory/model.ts';
import { unitMembersOf } from '../../inventory/move-units.ts';
import { normal } from '../../keepalived/kinds/addresses.ts';
import { type Range, stopOutage } from '../../vrrp/timing.ts';
import { healthyPriorityOf, memberOf, vipAddresses, virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { Batch, BatchMember } from './batch.ts';
import { isDisturbing, unitOf } from './passes.ts';
import type { Rollout } from './plan-rollout.ts';

/** A VIP that goes to another host because of a rollout. */
export interface VipMove {
  readonly cluster: string;
  readonly vip: string;
  /** Host id of the holder of now. */
  readonly from: string;
  /** Host id of the likely taker; undefined: there is no other host. */
  readonly to: string | undefined;
  /** What the holder does: "restarts keepalived", "changes interface". */
  readonly why: string;
  /** For how long it does not answer, predicted; milliseconds. undefined: it answers throughout. */
  readonly outage: Range | undefined;
  /** The holder of now takes it back afterwards, while it answers. */
  readonly returns: boolean;
}

/** What a rollout does to VIPs and services. */
export interface Impact {
  readonly vipMoves: readonly VipMove[];
  /** How many services are reloaded, restarted, started, stopped. */
  readonly services: Readonly<Record<'restart' | 'reload' | 'start' | 'stop', number>>;
}

/** Predicted from what hosts hold now and the configured priorities. Pure. */
export function impactOf(inventory: Inventory, rollout: Rollout): Impact {
  const clusters = new Map(inventory.clusters.map((cluster) => [cluster.name, cluster]));
  const all = rollout.clusters.flatMap(({ batches }) =>
    batches.flatMap(({ members }) => members.flatMap((one) => one.changes)),
  );
  const services = all.filter((change) => unitOf(change) !== undefined);
  const count = (action: Change['action']): number => services.filter((change) => change.action === action).length;
  return {
    vipMoves: rollout.clusters.flatMap(({ cluster: name, batches }) => {
      const cluster = clusters.get(name);
      return cluster === undefined ? [] : batches.flatMap((batch) => vipMovesOf(cluster, batch));
    }),
    services: { restart: count('restart'), reload: count('reload'), start: count('start'), stop: count('stop') },
  };
}

/** The VIPs that go to another host because of one batch. */
export function vipMovesOf(cluster: Cluster, batch: Batch): readonly VipMove[] {
  if (batch.kind === 'one')
    return batch.members.flatMap((member) => {
      const moves = handovers(cluster, member);
      return moves.length > 0 ? moves : recreations(cluster, member);
    });
  if (batch.kind === 'start') return [];
  return batch.members.flatMap((member) =>
    member.holds.flatMap((vip) => reassigned(cluster, batch, member, vip) ?? []),
  );
}

/** To the first member, where its instance is made anew; to the master of the instance that gets it, else. */
function reassigned(cluster: Cluster, batch: Batch, { host, changes }: BatchMember, vip: string): VipMove | undefined {
  const seen = changes.flatMap(({ peerVisible = [] }) => peerVisible);
  const anew = batch.recreatesInstance === true && batch.recreatedVips?.includes(vip) === true;
  const to = anew ? batch.members[0]?.host : masterOf(cluster, batch, vip);
  if (to === undefined || to === host || seen.length === 0) return undefined;
  const keys = seen.filter((one) => !anew || one.anew).map(({ key }) => key);
  const why = `changes ${[...new Set(keys)].join(', ')}`;
  return {
    cluster: cluster.name,
    vip,
    from: host,
    to,
    why,
    outage: undefined,
    returns: anew && returns(cluster, vip, host, to),
  };
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

/** A host that is to restart something hands its VIPs over first. */
export function handovers(cluster: Cluster, { host, holds, changes }: BatchMember): readonly VipMove[] {
  const disturbing = changes.filter((change) => isDisturbing(change, cluster));
  if (disturbing.length === 0) return [];
  const why = [...new Set(disturbing.map((change) => `${change.action}s ${unitOf(change)}`))].join(', ');
  return toBackups(cluster, host, holds, why);
}

/** What instances that keepalived makes anew hold, with all of their sync groups, goes to a backup until they are back. */
function recreations(cluster: Cluster, { host, holds, changes }: BatchMember): readonly VipMove[] {
  const anew = changes.flatMap(({ recreates = [] }) => recreates);
  if (anew.length === 0) return [];
  const instances = cluster.vrrp_instances.filter(({ name }) => {
    const unit = unitMembersOf(cluster, name);
    return anew.some(({ instance }) => unit.includes(instance));
  });
  const concerned = vipAddresses(instances);
  const why = `changes ${[...new Set(anew.map(({ key }) => key))].join(', ')}`;
  return toBackups(
    cluster,
    host,
    holds.filter((vip) => concerned.includes(vip)),
    why,
  );
}

function toBackups(cluster: Cluster, host: string, vips: readonly string[], why: string): readonly VipMove[] {
  return vips.map((vip) => {
    const instance = instanceOf(cluster, vip);
    const taker = instance === undefined ? undefined : likelyTaker(cluster, instance, host);
    const outage = instance === undefined || taker === undefined ? undefined : handoverOutage(instance, taker.name);
    const back = taker !== undefined && returns(cluster, vip, host, taker.id);
    return { cluster: cluster.name, vip, from: host, to: taker?.id, why, outage, returns: back };
  });
}

function instanceOf(cluster: Cluster, vip: string): Instance | undefined {
  return cluster.vrrp_instances.find((instance) => vipAddresses([instance]).includes(vip));
}

/** The other member of the highest priority, be it one that --limit leaves out. */
function likelyTaker(cluster: Cluster, instance: Instance, host: string): { id: string; name: string } | undefined {
  const others = Object.entries(instance.priority)
    .map(([name, priority]) => ({ id: cluster.hosts.find((one) => one.name === name)?.id ?? name, name, priority }))
    .filter(({ id }) => id !== host);
  return others.sort((one, other) => other.priority - one.priority)[0];
}

function handoverOutage(instance: Instance, taker: string): Range {
  return stopOutage(healthyPriorityOf(instance, taker), virtualRouterOf(instance).adverts);
}

/** It outranks the taker and may preempt it. */
function returns(cluster: Cluster, vip: string, host: string, taker: string): boolean {
  const instance = instanceOf(cluster, vip);
  if (instance === undefined) return false;
  const [own, other] = [host, taker].map((id) =>
    memberOf(instance, cluster.hosts.find((one) => one.id === id)?.name ?? ''),
  );
  return own?.preempts === true && own.priority > (other?.priority ?? 0);
}
