import { familyAndVersion } from '../keepalived/read.ts';
import type { VRRP_INSTANCE } from '../keepalived/table/vrrp-instance.ts';
import type { VirtualAddress } from '../keepalived/vip.ts';
import { healthyPriority, type Member, type WeightedCheck } from './priority.ts';
import type { Adverts } from './timing.ts';

/** A vrrp_instance over all its hosts, as the inventory has it; values per host by host name. */
export interface Stated<C extends WeightedCheck> {
  readonly virtual_router_id: number;
  readonly virtual_ipaddress: readonly VirtualAddress[];
  readonly priority: Readonly<Record<string, number>>;
  readonly nopreempt: Readonly<Record<string, boolean>>;
  readonly preempt_delay?: number;
  readonly advert_int: number;
  readonly version?: 2 | 3;
  readonly track_script: readonly C[];
}

/** A virtual router (RFC 5798): what the proof and the rollout need of a VRRP instance over all its hosts. */
export interface VirtualRouter<C extends WeightedCheck> {
  /** 1 to 255. */
  readonly vrid: number;
  readonly family: 4 | 6;
  /** Addresses, without their prefixes. */
  readonly vips: readonly string[];
  readonly adverts: Adverts;
  readonly members: readonly Member[];
  readonly checks: readonly C[];
}

/** keepalived's keywords, for texts that name them. */
export const KEYWORD = {
  vrid: 'virtual_router_id',
  interval: 'advert_int',
  password: 'auth_pass',
  noPreemption: 'nopreempt',
  preemptDelay: 'preempt_delay',
} as const satisfies Record<string, keyof typeof VRRP_INSTANCE>;

/** Reads an instance. `hosts`: names of the members; by default all that have a priority, those too that --limit leaves out. */
export function virtualRouterOf<C extends WeightedCheck>(
  instance: Stated<C>,
  hosts: readonly string[] = Object.keys(instance.priority),
): VirtualRouter<C> {
  const { virtual_ipaddress: addresses, version: stated } = instance;
  const { family, version } = familyAndVersion({
    virtual_ipaddress: addresses,
    ...(stated === undefined ? {} : { version: stated }),
  });
  return {
    vrid: instance.virtual_router_id,
    family,
    vips: vipAddresses([instance]),
    adverts: { intervalSeconds: instance.advert_int, version },
    members: hosts.map((host) => memberOf(instance, host)),
    checks: instance.track_script,
  };
}

/** The VIPs of instances, without their prefixes. */
export function vipAddresses(
  instances: readonly Pick<Stated<WeightedCheck>, 'virtual_ipaddress'>[],
): readonly string[] {
  return instances.flatMap(({ virtual_ipaddress }) => virtual_ipaddress.map(({ address }) => address));
}

/** A host of an instance; priority 0 where it has none. */
export function memberOf(instance: Stated<WeightedCheck>, host: string): Member {
  return {
    host,
    priority: instance.priority[host] ?? 0,
    preempts: instance.nopreempt[host] !== true,
    preemptDelaySeconds: instance.preempt_delay ?? 0,
  };
}

/** A host's effective priority in an instance while all its checks succeed. */
export function healthyPriorityOf(instance: Stated<WeightedCheck>, host: string): number {
  return healthyPriority(memberOf(instance, host).priority, instance.track_script, host);
}
