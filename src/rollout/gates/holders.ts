import { addressSubject, holds } from '../../facts/network/address.ts';
import { createReader } from '../../facts/reader/reader.ts';
import type { Check, Cluster, Instance } from '../../inventory/model.ts';
import type { Holdings } from '../../plan/waves/batch.ts';
import type { Session } from '../../transport/session.ts';
import { detection, masterDown } from '../../vrrp/timing.ts';
import { type VirtualRouter, vipAddresses, virtualRouterOf } from '../../vrrp/virtual-router.ts';
import type { VipOutcome } from '../events.ts';

/** Who holds which VIP of a cluster; `holds` gives the VIPs that a host has, undefined where it could not be asked. */
export function vipsOf(cluster: Cluster, held: (host: string) => readonly string[] | undefined): readonly VipOutcome[] {
  return cluster.vrrp_instances.flatMap((instance) =>
    vipAddresses([instance]).map((vip) => ({
      cluster: cluster.name,
      instance: instance.name,
      vip,
      unseen: Object.keys(instance.priority).filter(
        (name) => !cluster.hosts.some((host) => host.name === name && held(host.id) !== undefined),
      ),
      holders: cluster.hosts.filter((host) => held(host.id)?.includes(vip)).map((host) => host.id),
    })),
  );
}

/** Asks the cluster's hosts at once which of its VIPs they have; those without a session are missing. */
export async function getHoldings(cluster: Cluster, sessions: ReadonlyMap<string, Session>): Promise<Holdings> {
  const vips = vipAddresses(cluster.vrrp_instances);
  const asked = cluster.hosts.flatMap(({ id }) => {
    const session = sessions.get(id);
    if (session === undefined) return [];
    const addresses = createReader(session).ask(addressSubject, 'addresses');
    return [addresses.then((seen) => [id, vips.filter((vip) => holds(seen, vip))] as const)];
  });
  return new Map(await Promise.all(asked));
}

/** Asks the cluster's hosts at once who holds each VIP. */
export async function getHolders(
  cluster: Cluster,
  sessions: ReadonlyMap<string, Session>,
): Promise<readonly VipOutcome[]> {
  const held = await getHoldings(cluster, sessions);
  return vipsOf(cluster, (host) => held.get(host));
}

/** Milliseconds of the cluster's slowest master-down interval. */
export function slowestMasterDown({ vrrp_instances }: Cluster): number {
  return Math.max(...vrrp_instances.map(waitOf));
}

/** Milliseconds that the slowest member of an instance waits for an advert before it takes over. */
export function waitOf(instance: Instance): number {
  return lowestMasterDown(virtualRouterOf(instance));
}

/** Milliseconds for which keepalived takes no part in elections after its start (vrrp_startup_delay). */
export function startupDelay({ keepalived }: Cluster): number {
  const found = keepalived.global_defs.flatMap((line) => /^\s*vrrp_startup_delay\s+([\d.]+)/.exec(line)?.[1] ?? []);
  return Number(found.at(-1) ?? '0') * 1000;
}

function lowestMasterDown({ adverts, members }: VirtualRouter<Check>): number {
  return masterDown(Math.min(...members.map(({ priority }) => priority)), adverts);
}

/**
 * Milliseconds within which an election must be over: the slowest master-down interval, the time that a check needs to
 * settle, the delays that the inventory asks for, and a margin for slow machines.
 */
export function electionTime(cluster: Cluster): number {
  const times = cluster.vrrp_instances.map((instance) => {
    const router = virtualRouterOf(instance);
    const checks = router.checks.map((check) => detection({ ...check, fall: Math.max(check.fall, check.rise) }).max);
    const delays = router.members.map(({ preemptDelaySeconds }) => preemptDelaySeconds * 1000);
    return lowestMasterDown(router) + Math.max(0, ...checks) + Math.max(...delays);
  });
  return Math.max(...times) + startupDelay(cluster) + MARGIN_MS;
}

const MARGIN_MS = 10_000;

/** There are members that cannot be asked: not reached, or left out by --limit. */
export function isBlind(cluster: Cluster, asking: ReadonlyMap<string, unknown>): boolean {
  const leftOut = cluster.vrrp_instances.some(({ priority }) => Object.keys(priority).length > cluster.hosts.length);
  return leftOut || cluster.hosts.some((host) => !asking.has(host.id));
}
