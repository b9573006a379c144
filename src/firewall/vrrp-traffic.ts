import ipaddr from 'ipaddr.js';
import type { Cluster, Host } from '../inventory/model.ts';
import { virtualRouterOf } from '../vrrp/virtual-router.ts';

/** VRRP that has to pass on one host: one direction, interface and group; with unicast, one peer. */
export interface Flow {
  readonly direction: 'in' | 'out';
  readonly interface: string;
  /** The group, or the peer. */
  readonly address: string;
  readonly unicast: boolean;
}

/** Multicast groups of VRRP: RFC 9568, 5.1.1. */
const GROUP = { 4: '224.0.0.18', 6: 'ff02::12' } as const;

/** What VRRP of these instances needs on this host, and nothing more; each flow once. */
export function vrrpFlows(cluster: Cluster, host: Host): readonly Flow[] {
  const flows = cluster.vrrp_instances.flatMap((instance): Flow[] => {
    const name = instance.interface[host.name];
    if (name === undefined) return [];
    const peers = instance.unicast?.[host.name]?.peers;
    const addresses = peers ?? [GROUP[virtualRouterOf(instance).family]];
    return addresses.flatMap((address) =>
      (['in', 'out'] as const).map((direction) => ({
        direction,
        interface: name,
        address: ipaddr.parse(address).toString(),
        unicast: peers !== undefined,
      })),
    );
  });
  return [...new Map(flows.map((flow) => [JSON.stringify(flow), flow])).values()];
}

export function interfacesOf(flows: readonly Flow[]): readonly string[] {
  return [...new Set(flows.map((flow) => flow.interface))];
}
