import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchTopology } from '../docker/bench.ts';
import { renderInventory } from '../docker/inventory.ts';
import { labDirectory } from '../docker/paths.ts';
import { primaryAddress } from '../docker/topology.ts';
import { renderAnsibleInventory } from './peers/ansible-inventory.ts';
import { captureScripts } from './peers/capture-scripts.ts';

/** The first hosts of the lab, and the files by which each contender finds them. */
export interface Fleet {
  readonly hosts: readonly string[];
  /** haprov's. */
  readonly inventory: string;
  readonly sshConfig: string;
  readonly ansibleInventory: string;
  /** Address and script of facts for each host, for the bare client. */
  readonly scripts: string;
  /** For what a run leaves behind. */
  readonly scratch: string;
}

/** Writes the files for the first `count` hosts of the lab at `place`, which is up. */
export async function createFleet(count: number, place: { name: string; subnet: number }): Promise<Fleet> {
  const topology = benchTopology(count, place, 'python');
  const lab = labDirectory(place.name);
  const directory = join(lab, `fleet-${count}`);
  const fleet = {
    hosts: Object.keys(topology.hosts),
    inventory: join(directory, 'inventory.yaml'),
    sshConfig: join(lab, 'ssh_config'),
    ansibleInventory: join(directory, 'ansible.json'),
    scripts: join(directory, 'scripts.json'),
    scratch: join(directory, 'scratch'),
  };
  await mkdir(fleet.scratch, { recursive: true });
  await writeFile(fleet.inventory, renderInventory(topology, lab), { mode: 0o600 });
  await writeFile(fleet.ansibleInventory, renderAnsibleInventory(topology, fleet.sshConfig));
  const scripts = await captureScripts(fleet.inventory);
  const targets = Object.entries(topology.hosts).map(([name, host]) => {
    return { address: primaryAddress(host).address, script: scripts.get(name) ?? '' };
  });
  const [user = 'root'] = Object.keys(topology.users);
  await writeFile(fleet.scripts, JSON.stringify({ user, key: join(lab, 'key'), targets }));
  return fleet;
}
