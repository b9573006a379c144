import { join } from 'node:path';
import { stringify } from 'yaml';
import { jumpSource, type LabCluster, primaryAddress, type Topology } from './topology.ts';

/** An inventory.yaml for the clusters of a topology, ready for `haprov apply`; `directory` is the lab's. */
export function renderInventory(topology: Topology, directory: string): string {
  const user = Object.keys(topology.users)[0] ?? 'root';
  const clusters = Object.entries(topology.clusters).map(([name, cluster]) => [
    name,
    describeCluster(topology, cluster, user),
  ]);
  return stringify(
    {
      ssh: {
        user,
        identity_file: join(directory, 'key'),
        known_hosts_file: join(directory, 'known_hosts'),
      },
      become: true,
      clusters: Object.fromEntries(clusters),
    },
    { lineWidth: 0, flowCollectionPadding: false },
  );
}

function describeCluster(topology: Topology, cluster: LabCluster, user: string): object {
  const members = cluster.hosts.flatMap((name) => {
    const host = topology.hosts[name];
    return host === undefined ? [] : [{ name, host }];
  });
  const behind = members.find(({ host }) => host.behind !== undefined)?.host;
  const jump = behind?.behind === undefined ? undefined : topology.hosts[behind.behind];
  // Priorities 50 apart, the first host highest: keepalived.conf(5) suggests the distance.
  const priorities = members.map(({ name }, index) => [name, 200 - 50 * index]);
  return {
    service: cluster.service,
    ...(behind === undefined || jump === undefined || jumpSource(topology, behind) === undefined
      ? {}
      : { ssh: { proxy_jump: [`${user}@${primaryAddress(jump).address}:22`] } }),
    hosts: Object.fromEntries(members.map(({ name, host }) => [name, primaryAddress(host).address])),
    vrrp_instances: {
      VI_1: {
        virtual_router_id: cluster.virtual_router_id,
        interface: 'eth0',
        priority: Object.fromEntries(priorities),
        virtual_ipaddress: [...cluster.vips],
        auth_pass: 'labVrrp1',
        nopreempt: true,
      },
    },
  };
}
