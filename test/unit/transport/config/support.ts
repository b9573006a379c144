import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Host, Inventory, SshSettings } from '../../../../src/inventory/model.ts';
import { parseInventory } from '../../../../src/inventory/read.ts';
import { type ResolvedSsh, resolveSshConfig } from '../../../../src/transport/config/resolve.ts';

/** Whether OpenSSH's client is on this machine. */
export const sshIsThere = spawnSync('ssh', ['-V']).error === undefined;

/** A directory with an ssh_config, and what inventories make of it. */
export interface ConfigHome {
  readonly directory: string;
  /** Writes the ssh_config anew. */
  config(text: string): void;
  write(name: string, text: string): string;
  /** The first host's settings; `ssh` is YAML, `address` what the host is called by. */
  settings(ssh?: string, address?: string, env?: Readonly<Record<string, string>>): Promise<SshSettings>;
  resolve(inventory: Inventory, env?: Readonly<Record<string, string>>): Promise<ResolvedSsh>;
  inventory(ssh?: string, addresses?: readonly string[]): Inventory;
  remove(): void;
}

export function configHome(): ConfigHome {
  const directory = mkdtempSync(join(tmpdir(), 'haprov-config-'));
  const file = join(directory, 'ssh_config');
  const write = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const inventory = (ssh = '{}', addresses: readonly string[] = ['lb1']): Inventory => {
    const hosts = addresses.map((address, index) => `      h${index}: ${address}\n`).join('');
    const text = `ssh: ${ssh}\nclusters:\n  web:\n    service: none\n    ssh: { config_file: ${file} }\n    hosts:\n${hosts}    vrrp_instances: { VI_1: { virtual_router_id: 51, interface: eth0, virtual_ipaddress: [10.9.9.9/24] } }\n`;
    const read = parseInventory(text, {
      file: 'inventory.yaml',
      directory,
      homeDirectory: directory,
      user: userInfo().username,
    });
    if (read.inventory === undefined) throw new Error(JSON.stringify(read.problems));
    return read.inventory;
  };
  const resolve = (from: Inventory, env: Readonly<Record<string, string>> = {}) =>
    resolveSshConfig(from, { homeDirectory: directory, env: { PATH: process.env['PATH'], ...env } });
  write('ssh_config', '');
  return {
    directory,
    config: (text) => void write('ssh_config', text),
    write,
    inventory,
    resolve,
    settings: async (ssh, address = 'lb1', env = {}) => {
      const resolved = await resolve(inventory(ssh, [address]), env);
      return hostsOf(resolved.inventory)[0]?.ssh ?? missing();
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export function hostsOf(inventory: Inventory): readonly Host[] {
  return inventory.clusters.flatMap((cluster) => cluster.hosts);
}

function missing(): never {
  throw new Error('no host');
}
