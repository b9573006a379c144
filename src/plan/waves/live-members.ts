import type { Change } from '../../changes/change.ts';
import type { Cluster, Instance } from '../../inventory/model.ts';
import { KeepalivedSyntaxError, parseKeepalivedConf } from '../../keepalived/parse.ts';
import { type Router, routersOf } from '../../keepalived/routers.ts';
import type { Candidate } from '../../vrrp/election.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';
import { type Member, standingOf } from '../../vrrp/priority.ts';
import { memberOf } from '../../vrrp/virtual-router.ts';
import type { HostPlan } from '../plan.ts';
import { isOfKeepalived, unitOf } from './passes.ts';

/** A host as it is at some moment of a rollout. */
export interface LiveMember {
  readonly id: string;
  readonly name: string;
  /** keepalived runs. */
  readonly runs: boolean;
  /** The service runs that the VIP stands for. */
  readonly serves: boolean;
  /** What keepalived runs with until it reads the new configuration, by the instance's name; undefined: as the inventory says. */
  readonly old: ReadonlyMap<string, Pick<Member, 'priority' | 'preempts' | 'preemptDelaySeconds'>> | undefined;
}

/**
 * The members of a cluster before a rollout, by what their plans say of them: what is to be started does not run, and
 * keepalived runs with the file that is to be replaced. A host without a plan is taken for one in good order.
 */
export function liveMembers(cluster: Cluster, hosts: readonly HostPlan[]): readonly LiveMember[] {
  return cluster.hosts.map(({ id, name }) => {
    const plan = hosts.find(({ host }) => host === id);
    if (plan?.status !== 'planned') return { id, name, runs: true, serves: true, old: undefined };
    const { changes, maintenance } = plan;
    const starts = (unit: string) => changes.some((one) => one.action === 'start' && unitOf(one) === unit);
    return {
      id,
      name,
      runs: maintenance === undefined && !starts('keepalived'),
      serves: !starts(cluster.service),
      old: oldOf(cluster, changes),
    };
  });
}

function oldOf({ vrrp_instances }: Cluster, changes: readonly Change[]): LiveMember['old'] {
  const before = changes.find(({ target }) => target === HOST_PATHS.keepalivedConf)?.diff?.before;
  if (before === undefined || before === null) return undefined;
  const routers = readRouters(before);
  return new Map(
    vrrp_instances.flatMap((instance) => {
      const router = routers.find(({ name }) => name === instance.name) ?? routers.find((one) => shares(one, instance));
      const priority = router?.values['priority'];
      if (router === undefined || typeof priority !== 'number') return [];
      const delay = router.values['preempt_delay'];
      const preempts = router.values['nopreempt'] !== true;
      const preemptDelaySeconds = typeof delay === 'number' ? delay : 0;
      return [[instance.name, { priority, preempts, preemptDelaySeconds }] as const];
    }),
  );
}

/** What cannot be read runs with what nobody knows: the inventory's priorities are the best guess. */
function readRouters(text: string): readonly Router[] {
  try {
    return routersOf(parseKeepalivedConf(text));
  } catch (error) {
    if (error instanceof KeepalivedSyntaxError) return [];
    throw error;
  }
}

function shares({ vips }: Router, { virtual_ipaddress }: Instance): boolean {
  return virtual_ipaddress.some(({ address }) => vips.has(address));
}

/** The host after it has made these changes. */
export function afterChanges(member: LiveMember, changes: readonly Change[], service: string): LiveMember {
  let { runs, serves, old } = member;
  for (const change of changes) {
    const { action, target } = change;
    const up = action === 'start' || action === 'restart' ? true : action === 'stop' ? false : undefined;
    if (isOfKeepalived(change)) runs = up ?? runs;
    else if (unitOf(change) === service) serves = up ?? serves;
    if (target === HOST_PATHS.keepalivedConf || isOfKeepalived(change)) old = undefined;
  }
  return { ...member, runs, serves, old };
}

/** Those that can have the instance's VIPs, with the priority that their checks leave them. */
export function candidatesOf(
  instance: Instance,
  members: readonly LiveMember[],
): readonly (Candidate & { readonly name: string })[] {
  const { track_script } = instance;
  return members.flatMap(({ id, name, runs, serves, old }) => {
    if (!runs || instance.priority[name] === undefined) return [];
    const member = { ...memberOf(instance, name), ...old?.get(instance.name) };
    // Every check is taken to notice that the service is down.
    const priority = standingOf(member, track_script, serves ? [] : track_script.map((check) => check.name));
    return priority === 'fault' ? [] : [{ host: id, name, priority, preempts: member.preempts }];
  });
}
