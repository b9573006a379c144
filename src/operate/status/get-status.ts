import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { reportError } from '../../errors.ts';
import { type VrrpState, vrrpStateSubject } from '../../facts/keepalived/vrrp-state.ts';
import { addressSubject, holds } from '../../facts/network/address.ts';
import { createReader } from '../../facts/reader/reader.ts';
import type { Ask } from '../../facts/reader/subject.ts';
import { guardSubject } from '../../facts/state/guard.ts';
import { maintenanceSubject } from '../../facts/state/maintenance.ts';
import { type UnitFact, unitSubject } from '../../facts/system/unit.ts';
import type { Cluster, Inventory } from '../../inventory/model.ts';
import { type HostTasks, planHost } from '../../plan/plan-host.ts';
import { slowestMasterDown } from '../../rollout/gates/holders.ts';
import type { Session } from '../../transport/session.ts';
import { vipAddresses } from '../../vrrp/virtual-router.ts';
import type { ClusterStatus, HostStatus, MemberInstance, SeenHost } from './model.ts';
import { judgeCluster } from './verdict.ts';

export interface StatusOptions {
  readonly inventory: Inventory;
  /** One entry a host. */
  readonly hosts: readonly HostTasks[];
  /** Connects, or gives the session of an earlier round. */
  readonly open: (tasks: HostTasks) => Promise<Session>;
  readonly signal: AbortSignal;
  /** Told of each host as soon as it answered, or could not be asked. */
  readonly answered?: (host: string) => void;
}

/** The state of every cluster, in one round trip a host. What looks like a split brain is looked at again first. */
export async function getStatus(options: StatusOptions): Promise<readonly ClusterStatus[]> {
  const { inventory, hosts, signal } = options;
  const limit = pLimit(inventory.forks);
  const seen = new Map(
    await Promise.all(hosts.map((one) => limit(async () => [one.host.id, await askHost(one, options)] as const))),
  );
  return Promise.all(
    inventory.clusters.map(async (cluster) => {
      const first = judgeCluster(cluster, hostsOf(cluster, seen));
      if (first.verdict !== 'split-brain') return first;
      // Elections overlap for a moment: only what lasts is a split brain.
      await sleep(2 * slowestMasterDown(cluster), undefined, { signal });
      const members = hosts.filter((one) => one.cluster.name === cluster.name);
      const again = await Promise.all(members.map(async (one) => [one.host.id, await askHost(one, options)] as const));
      return judgeCluster(cluster, hostsOf(cluster, new Map(again)));
    }),
  );
}

function hostsOf(cluster: Cluster, seen: ReadonlyMap<string, HostStatus>): Readonly<Record<string, HostStatus>> {
  return Object.fromEntries(
    cluster.hosts.flatMap(({ id }) => {
      const status = seen.get(id);
      return status === undefined ? [] : [[id, status] as const];
    }),
  );
}

async function askHost(tasks: HostTasks, { open, signal, answered }: StatusOptions): Promise<HostStatus> {
  try {
    return await lookInto(tasks, await open(tasks), signal);
  } catch (error) {
    return { reachable: false, error: { host: tasks.host.id, ...reportError(error) } };
  } finally {
    answered?.(tasks.host.id);
  }
}

async function lookInto(tasks: HostTasks, session: Session, signal: AbortSignal): Promise<SeenHost> {
  const { cluster } = tasks;
  const { ask } = createReader(session, signal);
  const [addresses, keepalived, service, guard, maintenance, vrrp, plan] = await Promise.all([
    ask(addressSubject, 'addresses'),
    ask(unitSubject, 'keepalived'),
    stateOfServices(cluster, ask),
    ask(guardSubject, 'guard'),
    ask(maintenanceSubject, 'maintenance'),
    known(ask(vrrpStateSubject, 'vrrp')),
    known(planHost(tasks, ask)),
  ]);
  const vips = vipAddresses(cluster.vrrp_instances);
  const changes = plan.ok && plan.value.status === 'planned' ? plan.value.changes.length : null;
  return {
    reachable: true,
    keepalived: stateOf(keepalived),
    service,
    instances: vrrp.ok && vrrp.value !== null ? instancesOf(vrrp.value) : null,
    checks: vrrp.ok && vrrp.value !== null ? vrrp.value.checks : [],
    holds: vips.filter((vip) => holds(addresses, vip)),
    drift: changes,
    guard,
    maintenance,
    cannotSee: [
      ...(vrrp.ok ? [] : [`keepalived did not tell its state: ${vrrp.why}`]),
      ...(plan.ok ? [] : [`whether it is as the inventory says: ${plan.why}`]),
    ],
  };
}

/** How the cluster's units are: of several the first that is not active, by its name where it is not the main one. */
async function stateOfServices({ service, services }: Cluster, ask: Ask): Promise<string | null> {
  const units = services.flatMap(({ unit }) => unit ?? []);
  const states = await Promise.all(units.map(async (unit) => ({ unit, state: stateOf(await ask(unitSubject, unit)) })));
  const bad = states.find(({ state }) => state !== 'active') ?? states[0];
  if (bad === undefined) return null;
  return bad.unit === service ? bad.state : `${bad.state} (${bad.unit})`;
}

type Known<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** A question that a host may have no answer to while it answers the others; a lost connection shows in those. */
async function known<T>(question: Promise<T>): Promise<Known<T>> {
  try {
    return { ok: true, value: await question };
  } catch (error) {
    return { ok: false, why: reportError(error).message };
  }
}

function stateOf({ load, active }: UnitFact): string {
  return load === 'not-found' ? 'not-found' : active;
}

function instancesOf({ instances }: VrrpState): Readonly<Record<string, MemberInstance>> {
  return Object.fromEntries(
    instances.map(({ name, state, effectivePriority, since }) => [
      name,
      { state, effectivePriority, ...(since === undefined ? {} : { since }) },
    ]),
  );
}
