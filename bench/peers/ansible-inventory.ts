import type { Topology } from '../../docker/topology.ts';

/** A topology's clusters as an Ansible inventory in JSON. */
export function renderAnsibleInventory(topology: Topology, sshConfig: string): string {
  const hosts = Object.values(topology.clusters).flatMap((cluster) =>
    cluster.hosts.map((name, index) => {
      const variables = { priority: 200 - 50 * index, vrid: cluster.virtual_router_id, vips: cluster.vips };
      return [name, variables] as const;
    }),
  );
  const vars = {
    ansible_user: Object.keys(topology.users)[0] ?? 'root',
    ansible_ssh_common_args: `-F ${sshConfig}`,
    ansible_python_interpreter: '/usr/bin/python3',
  };
  return `${JSON.stringify({ all: { hosts: Object.fromEntries(hosts), vars } }, null, 1)}\n`;
}
