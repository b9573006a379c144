import type { Kind } from '../keyword.ts';
import { routes, rules } from '../kinds/routes.ts';

/** Blocks beside the instances whose lines the inventory takes in keepalived's own words, and what they are for. */
export const BLOCKS = {
  static_ipaddress: 'Addresses that keepalived keeps on the host whoever holds the VIP, in its own words',
  static_routes: 'Routes that keepalived keeps on the host whoever holds the VIP',
  static_rules: 'Routing rules that keepalived keeps on the host whoever holds the VIP',
  linkbeat_interfaces: 'Interfaces whose link is polled, as `eth0 MII`',
  interface_up_down_delays: 'Seconds that a change of an interface has to last, as `eth0 1 2`',
} as const;

/** Blocks whose lines are checked word by word, and completed. */
export const BLOCK_KINDS: Readonly<Record<string, Kind<readonly string[]>>> = {
  static_routes: routes,
  static_rules: rules,
};
