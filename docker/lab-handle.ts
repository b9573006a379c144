import { removeContainers } from './containers.ts';
import { labDown } from './down.ts';
import { LabError } from './errors.ts';
import { type ExecOptions, type ExecResult, execIn } from './exec.ts';
import { fillDisk, freeDisk } from './full-disk.ts';
import { type Blueprint, createMachine } from './machine.ts';
import { type PowerState, setPower } from './power.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';
import { containerName, primaryAddress, type Topology } from './topology.ts';

/** Where a host of a running lab is. */
export interface LabMachine {
  readonly address: string;
  readonly container: string;
}

/** A running lab. Hosts are named as in its topology; an unknown name throws a LabError. */
export interface Lab {
  readonly name: string;
  /** Absolute; holds key, key.pub, known_hosts, ssh_config, inventory.yaml and topology.json. */
  readonly dir: string;
  readonly topology: Topology;
  readonly hosts: ReadonlyMap<string, LabMachine>;
  /** Runs a POSIX sh script on a host past ssh, as root unless told otherwise. */
  exec(host: string, script: string, options?: ExecOptions): Promise<ExecResult>;
  /** Makes a host blank again; its address and its ssh host keys stay. */
  reset(host: string): Promise<void>;
  /** All files of a host with mode, owner, size, mtime and content's hash; see `readSnapshot`. */
  snapshot(host: string): Promise<Snapshot>;
  /** off: the plug is pulled. on: started, and waited for. frozen: it accepts packets and says nothing. */
  power(host: string, state: PowerState): Promise<void>;
  /** From here on every write below /etc, /usr and /var of a host fails with ENOSPC; reading goes on. */
  fillDisk(host: string): Promise<void>;
  /** Ends `fillDisk`. */
  freeDisk(host: string): Promise<void>;
  /** Removes the lab. */
  down(): Promise<void>;
}

/** A handle on the hosts of these blueprints, which are up. */
export function createLab(topology: Topology, directory: string, blueprints: readonly Blueprint[]): Lab {
  const hosts = new Map(
    blueprints.map(({ name, host }) => [
      name,
      { address: primaryAddress(host).address, container: containerName(topology.name, name) },
    ]),
  );
  const find = (host: string): LabMachine => {
    const machine = hosts.get(host);
    if (machine === undefined) throw new LabError(`lab ${topology.name} has no host ${host}`);
    return machine;
  };
  return {
    name: topology.name,
    dir: directory,
    topology,
    hosts,
    exec: async (host, script, options) => execIn(find(host).container, script, options),
    reset: async (host) => {
      const { container } = find(host);
      const blueprint = blueprints.find(({ name }) => name === host);
      if (blueprint === undefined) return;
      await removeContainers([container]);
      await createMachine(blueprint);
    },
    snapshot: async (host) => readSnapshot(host, find(host).container),
    power: async (host, state) => setPower(host, find(host), state),
    fillDisk: async (host) => fillDisk(host, find(host).container),
    freeDisk: async (host) => freeDisk(host, find(host).container),
    down: async () => {
      await labDown(topology.name);
    },
  };
}
