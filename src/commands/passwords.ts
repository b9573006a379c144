import { readFile } from 'node:fs/promises';
import type { Host, Inventory } from '../inventory/model.ts';
import { Secret } from '../inventory/secret.ts';
import { isEncrypted } from '../transport/ssh2/key-file.ts';
import { mapHosts } from './load.ts';

export interface PasswordOptions {
  readonly askPassword?: boolean;
  readonly askBecomePassword?: boolean;
}

/**
 * Puts prompts where a secret has to be asked for: --ask-password, --ask-become-password, and the passphrase of an
 * encrypted identity file that has none. They are asked once each, before the run starts; nobody is asked in its middle.
 */
export async function withPrompts(inventory: Inventory, options: PasswordOptions): Promise<Inventory> {
  const files = new Set(
    inventory.clusters.flatMap((cluster) => cluster.hosts.flatMap((host) => host.ssh.identity_file ?? [])),
  );
  const encrypted = new Set(
    (await Promise.all([...files].map(async (file) => ((await needsPassphrase(file)) ? [file] : [])))).flat(),
  );
  return mapHosts(inventory, (host) => promptsFor(host, options, encrypted));
}

function promptsFor(host: Host, options: PasswordOptions, encrypted: ReadonlySet<string>): Host {
  const { identity_file, identity_passphrase } = host.ssh;
  const passphrase = identity_file !== undefined && identity_passphrase === undefined && encrypted.has(identity_file);
  return {
    ...host,
    ssh: {
      ...host.ssh,
      ...(options.askPassword === true ? { password: new Secret({ prompt: 'SSH password' }) } : {}),
      ...(passphrase ? { identity_passphrase: new Secret({ prompt: `Passphrase of ${identity_file}` }) } : {}),
    },
    ...(options.askBecomePassword === true ? { become: { password: new Secret({ prompt: 'sudo password' }) } } : {}),
  };
}

/** A file that cannot be read is reported where it is used, with the host's name. */
async function needsPassphrase(file: string): Promise<boolean> {
  try {
    return isEncrypted(await readFile(file, 'utf8'));
  } catch {
    return false;
  }
}
