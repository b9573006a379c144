/** Blocks beside the instances whose lines the inventory takes in keepalived's own words, and what they are for. */
export const BLOCKS = {
  static_ipaddress: 'Addresses that keepalived keeps on the host whoever holds the VIP, in its own words',
  static_routes: 'Routes that keepalived keeps on the host whoever holds the VIP',
  static_rules: 'Routing rules that keepalived keeps on the host whoever holds the VIP',
  linkbeat_interfaces: 'Interfaces whose link is polled, as `eth0 MII`',
  interface_up_down_delays: 'Seconds that a change of an interface has to last, as `eth0 1 2`',
} as const;
