import { rm } from 'node:fs/promises';
import { listContainers, removeContainers } from './containers.ts';
import { withLock } from './lock.ts';
import { removeNetworks } from './networks.ts';
import { labDirectory } from './paths.ts';

/** Removes the hosts, the networks and the files of one lab, and touches nothing else. Gives the number of hosts. */
export async function labDown(name: string): Promise<number> {
  return withLock(`lab ${name}`, async () => {
    const containers = await listContainers(name);
    await removeContainers(containers.map(({ container }) => container));
    await removeNetworks(name);
    await rm(labDirectory(name), { recursive: true, force: true });
    return containers.length;
  });
}
