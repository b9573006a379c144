import { holds } from '../../facts/network/address.ts';
import type { Cluster } from '../../inventory/model.ts';
import type { Session } from '../../transport/session.ts';
import { KEYWORD, memberOf, vipAddresses } from '../../vrrp/virtual-router.ts';
import type { Emit, VipOutcome } from '../events.ts';
import { verifyChecks } from './checks.ts';
import type { Clock } from './clock.ts';
import { gateError } from './evidence.ts';
import { GateError, type Trouble } from './gate-error.ts';
import { createHearing } from './hearing.ts';
import { slowestMasterDown, vipsOf } from './holders.ts';
import { judgeMember, MEMBER_GATES, stateText, unitGate } from './judge-member.ts';
import { askMembers, type MemberView } from './members.ts';
import { holdersText, oneHolderGate, troublesOfHolders } from './one-holder.ts';

/** A cluster after a batch. */
export interface ActivatedCluster {
  readonly cluster: Cluster;
  /** By host id. */
  readonly sessions: ReadonlyMap<string, Session>;
  /** Ids of the hosts that were just activated. */
  readonly activated: readonly string[];
  /** There are members that cannot be asked: that nobody holds a VIP cannot be told then. */
  readonly blind: boolean;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

export interface ElectionOptions extends ActivatedCluster {
  readonly clock: Clock;
  /** By `clock`. */
  readonly deadline: number;
}

/** Milliseconds between two looks at a cluster that is not in order yet: soon at first, then sparing keepalived's journal. */
const POLL_MS = { first: 150, last: 600 } as const;
const STEADY_MS = 1000;

/**
 * Waits until the daemons of the activated hosts run, keepalived's instances are MASTER or BACKUP, each VIP has one
 * holder, and each BACKUP has heard it. Throws GateError at once where waiting does not help, else when the time is over.
 */
export async function awaitElection(options: ElectionOptions): Promise<readonly VipOutcome[]> {
  const { cluster, sessions, activated, signal, clock, deadline } = options;
  const patience = createPatience(cluster);
  const hearing = createHearing(cluster);
  const examined = new Set<string>();
  for (let wait: number = POLL_MS.first; ; wait = Math.min(POLL_MS.last, wait * 1.3)) {
    const views = await askMembers(cluster, sessions, activated, signal, 'vrrp');
    const now = clock.now();
    const vips = holdersIn(cluster, views);
    const members = views.flatMap((view) => judgeMember(cluster, view, patience.isSteady(view, now)) ?? []);
    const troubles = [...members, ...troublesOfHolders(vips, options.blind), ...hearing.deaf(views, now)];
    if (troubles.length === 0) {
      tell(options, views, vips);
      return vips;
    }
    const given = troubles.find(({ final }) => final) ?? patience.outOf(vips, options.blind, now);
    const failed = given ?? (now >= deadline ? troubles[0] : undefined);
    if (failed !== undefined) throw await refuse(failed, options);
    const fault = members.find((trouble) => trouble.fault !== undefined && !examined.has(trouble.fault.host));
    if (fault?.fault !== undefined) {
      examined.add(fault.fault.host);
      await explainFault(fault, fault.fault, options);
    }
    // All else is in order: the next look is worth its trouble once the next advert has come.
    const due = members.length === 0 ? hearing.nextAdvert(views) : undefined;
    await clock.sleep(Math.min(POLL_MS.last, Math.max(wait, due ?? 0)), signal);
  }
}

/** Who holds what by these views; a member without one was not asked. */
function holdersIn(cluster: Cluster, views: readonly MemberView[]): readonly VipOutcome[] {
  const vips = vipAddresses(cluster.vrrp_instances);
  return vipsOf(cluster, (id) => {
    const view = views.find(({ host }) => host === id);
    return view === undefined ? undefined : vips.filter((vip) => holds(view.addresses, vip));
  });
}

/** What has to be seen for a while. */
function createPatience(cluster: Cluster): {
  isSteady(view: MemberView, now: number): boolean;
  outOf(vips: readonly VipOutcome[], blind: boolean, now: number): Trouble | undefined;
} {
  const processes = new Map<string, { readonly pid: number; readonly since: number }>();
  // Elections overlap for milliseconds; two that do not hear each other go on for ever.
  const allowed = slowestMasterDown(cluster) + 1000;
  let doubleSince: number | undefined;
  return {
    isSteady: ({ host, daemons }, now) => {
      const vrrp = daemons?.vrrp;
      if (vrrp === null || vrrp === undefined || typeof vrrp === 'string') return false;
      const before = processes.get(host);
      const seen = before?.pid === vrrp.mainPid ? before : { pid: vrrp.mainPid, since: now };
      processes.set(host, seen);
      return vrrp.age * 1000 >= STEADY_MS || now - seen.since >= STEADY_MS;
    },
    outOf: (vips, blind, now) => {
      const double = vips.filter(({ holders }) => holders.length > 1);
      doubleSince = double.length === 0 ? undefined : (doubleSince ?? now);
      return doubleSince !== undefined && now - doubleSince > allowed ? troublesOfHolders(double, blind)[0] : undefined;
    },
  };
}

/** Runs the checks of a host in FAULT: one that fails is the reason. Where all pass keepalived will see it itself, soon. */
async function explainFault(
  trouble: Trouble,
  { host, what }: NonNullable<Trouble['fault']>,
  options: ElectionOptions,
): Promise<void> {
  const { cluster, sessions, signal } = options;
  const session = sessions.get(host);
  if (session === undefined) return;
  try {
    await verifyChecks(cluster, session, signal);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    const next = error.facts.next ?? trouble.next;
    throw await refuse({ ...trouble, message: `${what}: ${error.message}`, next }, options, error.facts.evidence);
  }
}

async function refuse(trouble: Trouble, options: ElectionOptions, more?: string): Promise<GateError> {
  const { cluster, sessions, activated, emit } = options;
  const [host, ...others] = trouble.hosts;
  const about = host === undefined || others.length > 0 ? {} : { host };
  emit({ event: 'gate', cluster: cluster.name, ...about, gate: trouble.gate, ok: false, detail: trouble.message });
  const concerned = trouble.hosts.length > 0 ? trouble.hosts : activated;
  return gateError({ ...trouble, hosts: concerned }, cluster, sessions, more);
}

/** ", until lb1 takes it back (preempt_delay 300 s)": the one change of holders that is still to come. */
function laterText(cluster: Cluster, views: readonly MemberView[], { instance: name }: VipOutcome): string {
  const instance = cluster.vrrp_instances.find((one) => one.name === name);
  const seconds = instance?.preempt_delay ?? 0;
  if (instance === undefined || seconds === 0) return '';
  const better = views.find(({ host, vrrp }) => {
    if (vrrp === undefined || vrrp === null || typeof vrrp === 'string') return false;
    const state = vrrp.instances.find((one) => one.name === name);
    const named = cluster.hosts.find(({ id }) => id === host)?.name ?? '';
    if (state?.master === undefined || !memberOf(instance, named).preempts) return false;
    return state.state === 'BACKUP' && state.effectivePriority > state.master.priority;
  });
  return better === undefined ? '' : `, until ${better.host} takes it back (${KEYWORD.preemptDelay} ${seconds} s)`;
}

function tell({ cluster, emit }: ElectionOptions, views: readonly MemberView[], vips: readonly VipOutcome[]): void {
  const pass = (gate: string, detail: string, host?: string): void =>
    emit({ event: 'gate', cluster: cluster.name, ...(host === undefined ? {} : { host }), gate, ok: true, detail });
  for (const { host, daemons } of views) {
    if (daemons === undefined) continue;
    pass(unitGate('keepalived'), daemons.keepalived.active, host);
    if (daemons.service !== undefined && daemons.service.load !== 'not-found')
      pass(unitGate(cluster.service), daemons.service.active, host);
    pass(MEMBER_GATES.state, stateText(daemons), host);
  }
  for (const vip of vips) pass(oneHolderGate(vip.vip), `${holdersText(vip)}${laterText(cluster, views, vip)}`);
}
