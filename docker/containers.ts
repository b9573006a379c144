import { createHash } from 'node:crypto';
import { docker } from './docker.ts';
import { containerName, jumpSource, type LabHost, networkName, primaryAddress, type Topology } from './topology.ts';

/** What Docker knows of a lab's container. */
export interface ContainerState {
  readonly host: string;
  readonly container: string;
  /** Docker's word: running, exited, paused, created. */
  readonly state: string;
  /** The inputs the container was made from, see `hostSpec`. */
  readonly spec: string;
}

/** What systemd needs to run as in a machine of its own; measured: --privileged is neither needed nor always allowed. */
const MACHINE: readonly string[] = [
  ...['SYS_ADMIN', 'NET_ADMIN', 'NET_RAW', 'NET_BROADCAST'].flatMap((cap) => ['--cap-add', cap]),
  ...['--security-opt', 'seccomp=unconfined', '--security-opt', 'apparmor=unconfined'],
  // A reboot from within ends the container; Docker starts it again, as a machine does by itself.
  ...['--restart', 'unless-stopped'],
  ...['--tmpfs', '/run', '--tmpfs', '/run/lock', '--tmpfs', '/tmp:exec,mode=1777'],
  // The machine's cgroup tree, seen from its root: systemd then finds its own branch under cgroups v1 and v2 alike.
  ...['--cgroupns', 'host', '--volume', '/sys/fs/cgroup:/sys/fs/cgroup:rw'],
];

/** A hash of all that a host's container is made from; a container with another one is out of date. */
export function hostSpec(topology: Topology, name: string, image: string, publicKey: string): string {
  const host = topology.hosts[name];
  const source = host === undefined ? undefined : jumpSource(topology, host);
  const inputs = JSON.stringify([host, source, topology.networks, topology.users, image, publicKey, MACHINE]);
  return createHash('sha256').update(inputs).digest('hex').slice(0, 16);
}

/** Creates the container of a host, on all its networks, without starting it. */
export async function createContainer(
  topology: Topology,
  name: string,
  host: LabHost,
  { image, spec, placement }: { readonly image: string; readonly spec: string; readonly placement: readonly string[] },
): Promise<string> {
  const container = containerName(topology.name, name);
  const primary = primaryAddress(host);
  await docker([
    ...['create', '--name', container, '--hostname', name],
    ...['--label', `haprov.lab=${topology.name}`, '--label', `haprov.host=${name}`, '--label', `haprov.spec=${spec}`],
    ...['--network', networkName(topology.name, primary.network), '--ip', primary.address],
    ...MACHINE,
    ...placement,
    image,
  ]);
  for (const [network, address] of Object.entries(host.addresses)) {
    if (network === primary.network) continue;
    await docker(['network', 'connect', '--ip', address, networkName(topology.name, network), container]);
  }
  return container;
}

/** Every container of a lab, running or not. */
export async function listContainers(lab: string): Promise<ContainerState[]> {
  const format = '{{.Label "haprov.host"}}\t{{.Names}}\t{{.State}}\t{{.Label "haprov.spec"}}';
  const listed = await docker(['ps', '--all', '--filter', `label=haprov.lab=${lab}`, '--format', format]);
  return listed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [host = '', container = '', state = '', spec = ''] = line.split('\t');
      return { host, container, state, spec };
    });
}

/** Removes containers with all that is in them, running or not. */
export async function removeContainers(containers: readonly string[]): Promise<void> {
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers]);
}
