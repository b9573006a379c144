import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { checkTopology } from './check-topology.ts';
import { listContainers, removeContainers } from './containers.ts';
import { ensureEngine } from './engine.ts';
import { LabError } from './errors.ts';
import { ensureImages } from './images.ts';
import { renderInventory } from './inventory.ts';
import { ensureLoginKey } from './keys.ts';
import { renderKnownHosts } from './known-hosts.ts';
import { createLab, type Lab } from './lab-handle.ts';
import { withLock } from './lock.ts';
import { type Blueprint, type Machine, raiseMachine } from './machine.ts';
import { ensureNetworks } from './networks.ts';
import { labDirectory } from './paths.ts';
import { precedence } from './precedence.ts';
import { type Report, silent } from './report.ts';
import { hostResolver } from './resolver.ts';
import { renderSshConfig } from './ssh-config.ts';
import type { Topology } from './topology.ts';

export interface UpOptions {
  readonly report?: Report;
  /** Every host is made anew, so that it is as its image is. */
  readonly anew?: boolean;
}

/**
 * Makes a lab stand as its topology says and gives a handle on it; hosts that stand already are left as they are.
 * Throws LabUnavailable where this machine cannot run one, LabError when a step fails.
 */
export async function labUp(topology: Topology, { report = silent, anew = false }: UpOptions = {}): Promise<Lab> {
  const problems = checkTopology(topology);
  if (problems.length > 0) throw new LabError(`the topology cannot be built: ${problems.join('; ')}`);
  await ensureEngine(report);
  const imageOf = await ensureImages(Object.values(topology.hosts), report);
  return withLock(`lab ${topology.name}`, async () => {
    const directory = labDirectory(topology.name);
    await mkdir(directory, { recursive: true });
    await ensureNetworks(topology);
    const publicKey = await ensureLoginKey(directory, imageOf(Object.values(topology.hosts)[0] ?? { role: 'debian' }));
    const resolver = await hostResolver();
    const placement = await precedence();
    const blueprints = Object.entries(topology.hosts).map(([name, host]) => {
      return { topology, name, host, image: imageOf(host), publicKey, placement, resolver, directory };
    });
    report(`starting ${blueprints.length} hosts`);
    const machines = await raiseAll(blueprints, anew, report);
    await writeLabFiles(topology, directory, machines);
    return createLab(topology, directory, blueprints);
  });
}

async function raiseAll(
  blueprints: readonly Blueprint[],
  anew: boolean,
  report: Report,
): Promise<ReadonlyMap<string, Machine>> {
  const lab = blueprints[0]?.topology.name ?? '';
  const existing = new Map((await listContainers(lab)).map((container) => [container.host, container]));
  const isWanted = (host: string) => !anew && blueprints.some(({ name }) => name === host);
  const unwanted = [...existing.values()].filter(({ host }) => !isWanted(host));
  await removeContainers(unwanted.map(({ container }) => container));
  for (const { host } of unwanted) existing.delete(host);
  const limit = pLimit(2 + 2 * availableParallelism());
  const raised = blueprints.map((blueprint) =>
    limit(async () => {
      const machine = await raiseMachine(blueprint, existing.get(blueprint.name));
      report(`${blueprint.name} is up`);
      return [blueprint.name, machine] as const;
    }),
  );
  // Every host ends its start before the first failure is told, so that nothing goes on in the background.
  const failed = (await Promise.allSettled(raised)).find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return new Map(await Promise.all(raised));
}

async function writeLabFiles(
  topology: Topology,
  directory: string,
  machines: ReadonlyMap<string, Machine>,
): Promise<void> {
  const known = Object.entries(topology.hosts).map(([name, { addresses }]) => {
    return [name, { addresses: Object.values(addresses), keys: machines.get(name)?.keys ?? new Map() }] as const;
  });
  await writeFile(join(directory, 'known_hosts'), renderKnownHosts(new Map(known)));
  await writeFile(join(directory, 'ssh_config'), renderSshConfig(topology, directory));
  await writeFile(join(directory, 'inventory.yaml'), renderInventory(topology, directory), { mode: 0o600 });
  await writeFile(join(directory, 'topology.json'), `${JSON.stringify(topology, null, 2)}\n`);
}
