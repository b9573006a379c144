import { docker, tryDocker } from './docker.ts';
import { LabError } from './errors.ts';
import { networkName, type Topology } from './topology.ts';

/** Creates the topology's networks where they are not there yet. */
export async function ensureNetworks(topology: Topology): Promise<void> {
  for (const [network, { subnet }] of Object.entries(topology.networks)) {
    const name = networkName(topology.name, network);
    const found = await tryDocker(['network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', name]);
    if (found.code === 0 && found.stdout.trim() === subnet) continue;
    if (found.code === 0) {
      throw new LabError(`network ${network} of lab ${topology.name} is on ${found.stdout.trim()}, not on ${subnet}`, {
        next: `Take the lab down first: npm run lab -- down --name ${topology.name}`,
      });
    }
    const created = await tryDocker([
      ...['network', 'create', '--label', `haprov.lab=${topology.name}`],
      ...['--subnet', subnet, '--gateway', subnet.replace(/0\/24$/, '1'), name],
    ]);
    if (created.code !== 0) {
      throw new LabError(`network ${subnet} cannot be made: ${created.stderr.trim()}`, {
        next: 'Another lab or a network of this machine has these addresses: choose another subnet',
      });
    }
  }
}

/** Removes every network of a lab, whose containers are gone. */
export async function removeNetworks(lab: string): Promise<void> {
  const listed = await docker(['network', 'ls', '--quiet', '--filter', `label=haprov.lab=${lab}`]);
  for (const id of listed.split('\n').filter((line) => line !== '')) {
    const removed = await tryDocker(['network', 'rm', id]);
    if (removed.code !== 0 && !(await isMiscounted(id))) {
      throw new LabError(`a network of lab ${lab} cannot be removed: ${removed.stderr.trim()}`, {
        next: `See what is attached to it: docker network inspect ${id}`,
      });
    }
  }
}

/**
 * Whether Docker refuses to remove a network that has no container. Seen with 20.10 after many restarts of hosts: its
 * count of endpoints is wrong until the daemon is started anew. Such a network can stay; `ensureNetworks` takes it again.
 */
async function isMiscounted(id: string): Promise<boolean> {
  const { code, stdout } = await tryDocker(['network', 'inspect', '--format', '{{len .Containers}}', id]);
  return code === 0 && stdout.trim() === '0';
}
