import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerState, createContainer, hostSpec, removeContainers } from './containers.ts';
import { docker } from './docker.ts';
import { LabError } from './errors.ts';
import { install, sshdLines } from './firmware.ts';
import { type HostKeys, loadHostKeys, saveHostKeys } from './keys.ts';
import { awaitBoot, type Health, settle } from './seed.ts';
import { type LabHost, primaryAddress, type Topology } from './topology.ts';

/** All that a host of a lab is made from. */
export interface Blueprint {
  readonly topology: Topology;
  readonly name: string;
  readonly host: LabHost;
  readonly image: string;
  readonly publicKey: string;
  readonly resolver: string | undefined;
  /** docker's arguments for what the hosts get of this machine. */
  readonly placement: readonly string[];
  /** The lab's directory. */
  readonly directory: string;
}

/** A running host, blank but for the lab's users. */
export interface Machine {
  readonly container: string;
  readonly keys: HostKeys;
}

/** Makes a host run: leaves a good one alone, starts a stopped one, and makes a missing or outdated one anew. */
export async function raiseMachine(blueprint: Blueprint, existing: ContainerState | undefined): Promise<Machine> {
  const { topology, name, image, publicKey } = blueprint;
  if (existing === undefined) return createMachine(blueprint);
  if (existing.spec !== hostSpec(topology, name, image, publicKey)) {
    await removeContainers([existing.container]);
    return createMachine(blueprint);
  }
  if (existing.state === 'paused') await docker(['unpause', existing.container]);
  else if (existing.state !== 'running') await docker(['start', existing.container]);
  return finish(blueprint, existing.container, 'running|degraded');
}

/** Makes a host from its image, with the ssh host keys it had before, if it had any. */
export async function createMachine(blueprint: Blueprint): Promise<Machine> {
  const { topology, name, host, image, publicKey, resolver, placement, directory } = blueprint;
  const spec = hostSpec(topology, name, image, publicKey);
  const container = await createContainer(topology, name, host, { image, spec, placement });
  const hostKeys = await loadHostKeys(keysDirectory(blueprint));
  const staging = join(directory, 'staging', name);
  await install(container, { resolver, hostKeys, sshd: sshdLines(topology, host) }, staging);
  await docker(['start', container]);
  return finish(blueprint, container, 'running');
}

/** Waits for a host that was switched on. */
export async function awaitMachine(name: string, container: string, address: string): Promise<void> {
  await awaitBoot(name, container, 'running|degraded');
  await awaitSsh(name, address);
}

async function finish(blueprint: Blueprint, container: string, health: Health): Promise<Machine> {
  const { name, topology, publicKey } = blueprint;
  const saved = await loadHostKeys(keysDirectory(blueprint));
  const keys = await settle(name, container, health, { users: topology.users, publicKey });
  if (saved === undefined) await saveHostKeys(keysDirectory(blueprint), keys);
  await awaitSsh(blueprint.name, primaryAddress(blueprint.host).address);
  return { container, keys: saved ?? keys };
}

function keysDirectory({ directory, name }: Blueprint): string {
  return join(directory, 'host-keys', name);
}

async function awaitSsh(name: string, address: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await greets(address))) {
    if (Date.now() > deadline) throw new LabError('sshd does not answer', { host: name, action: `ssh to ${address}` });
    await sleep(100);
  }
}

function greets(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 2000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (greeting) => end(greeting.toString('latin1').startsWith('SSH-')));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
