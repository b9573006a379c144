import { atHost, type Tracked } from '../keepalived/kinds/tracked.ts';
import { familyAndVersion } from '../keepalived/read.ts';
import type { VRRP_INSTANCE } from '../keepalived/table/vrrp-instance.ts';
import type { VirtualAddress } from '../keepalived/vip.ts';
import { healthyOf, type Member, type WeightedCheck } from './priority.ts';
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
  readonly virtual_ipaddress_excluded?: readonly VirtualAddress[];
  readonly down_timer_adverts?: number;
  readonly track_interface?: readonly Tracked[];
  readonly track_process?: readonly Tracked[];
  readonly track_bfd?: readonly Tracked[];
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
    adverts: {
      intervalSeconds: instance.advert_int,
      version,
      ...(instance.down_timer_adverts === undefined ? {} : { missed: instance.down_timer_adverts }),
    },
    members: hosts.map((host) => memberOf(instance, host)),
    checks: instance.track_script,
  };
}

/** The VIPs of instances, without their prefixes, those too that are in no advert. */
export function vipAddresses(
  instances: readonly Pick<Stated<WeightedCheck>, 'virtual_ipaddress' | 'virtual_ipaddress_excluded'>[],
): readonly string[] {
  return instances.flatMap(({ virtual_ipaddress, virtual_ipaddress_excluded = [] }) =>
    [...virtual_ipaddress, ...virtual_ipaddress_excluded].map(({ address }) => address),
  );
}

/** A host of an instance; priority 0 where it has none. */
export function memberOf(instance: Stated<WeightedCheck>, host: string): Member {
  const watches = WATCHED.flatMap((keyword) => (instance[keyword] ?? []).map((one) => watchOf(keyword, one, host)));
  return {
    ...(watches.length === 0 ? {} : { watches }),
    host,
    priority: instance.priority[host] ?? 0,
    preempts: instance.nopreempt[host] !== true,
    preemptDelaySeconds: instance.preempt_delay ?? 0,
  };
}

/** Keywords of things that are up or down; a track_file holds a number, and adds nothing while that is 0. */
export const WATCHED = ['track_interface', 'track_process', 'track_bfd'] as const;

/** A tracked thing as the arithmetic of priorities knows it. Its name: "track_interface bond1". */
function watchOf(keyword: (typeof WATCHED)[number], { name, weight, reverse }: Tracked, host: string): WeightedCheck {
  return { name: watchName(keyword, name), weight: atHost(weight, host) ?? 0, ...(reverse ? { reverse } : {}) };
}

export function watchName(keyword: string, name: string): string {
  return `${keyword} ${name}`;
}

/** A host's effective priority in an instance while all its checks succeed. */
export function healthyPriorityOf(instance: Stated<WeightedCheck>, host: string): number {
  return healthyOf(memberOf(instance, host), instance.track_script);
}
