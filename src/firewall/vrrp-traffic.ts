import ipaddr from 'ipaddr.js';
import type { Port } from '../checks/port.ts';
import type { Cluster, Host } from '../inventory/model.ts';
import { virtualRouterOf } from '../vrrp/virtual-router.ts';

/** What has to pass on one host: VRRP of one direction, interface and group or peer; or what clients send to a port. */
export interface Flow {
  readonly direction: 'in' | 'out';
  /** Of a port: one that carries a VIP, whose firewall zone counts. */
  readonly interface: string;
  /** The group, or the peer. Of a port: the unspecified address of the family. */
  readonly address: string;
  readonly unicast: boolean;
  /** Absent for VRRP. */
  readonly port?: Port;
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

/** What clients of the cluster's VIPs send to this host: each port by interface and family; each flow once. */
export function clientFlows(cluster: Cluster, host: Host, ports: readonly Port[]): readonly Flow[] {
  const flows = cluster.vrrp_instances.flatMap((instance) => {
    const name = instance.interface[host.name];
    if (name === undefined) return [];
    const address = virtualRouterOf(instance).family === 6 ? '::' : '0.0.0.0';
    return ports.map((port): Flow => ({ direction: 'in', interface: name, address, unicast: false, port }));
  });
  return [...new Map(flows.map((flow) => [JSON.stringify(flow), flow])).values()];
}

export function interfacesOf(flows: readonly Flow[]): readonly string[] {
  return [...new Set(flows.map((flow) => flow.interface))];
}
