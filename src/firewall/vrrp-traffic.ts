import ipaddr from 'ipaddr.js';
import type { Port } from '../checks/port.ts';
import type { Cluster, Host, Instance } from '../inventory/model.ts';
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
    const addresses = peers ?? [groupOf(cluster, instance)];
    return addresses.flatMap((address) =>
      (['in', 'out'] as const).flatMap((direction) =>
        linksOf(instance, host, name).map((link) => ({
          direction,
          interface: link,
          address: ipaddr.parse(address).toString(),
          unicast: peers !== undefined,
        })),
      ),
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

/** Adverts of a virtual MAC go out through an interface of keepalived's own, and come in through the one below, too. */
function linksOf(instance: Instance, { name }: Host, link: string): readonly string[] {
  const own = instance.use_vmac?.[name];
  if (own === undefined || own === false || instance.vmac_xmit_base === true) return [link];
  const six = virtualRouterOf(instance).family === 6 ? '6' : '';
  return [link, typeof own === 'string' ? own : `vrrp${six}.${instance.virtual_router_id}`];
}

/** The multicast group of an instance: its own, the daemon's, else the standard's. */
function groupOf({ keepalived }: Cluster, instance: Instance): string {
  const { family } = virtualRouterOf(instance);
  const line = keepalived.global_defs.findLast((one) => one.startsWith(`vrrp_mcast_group${family} `));
  return instance.mcast_dst_ip ?? line?.split(' ')[1] ?? GROUP[family];
}

export function interfacesOf(flows: readonly Flow[]): readonly string[] {
  return [...new Set(flows.map((flow) => flow.interface))];
}
