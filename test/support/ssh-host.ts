import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Become, Host, SshSettings } from '../../src/inventory/model.ts';
import type { TestKey } from './ssh-keys.ts';

/** A home directory of its own, with an identity and a known_hosts file. */
export interface TestHome {
  readonly directory: string;
  readonly identity: string;
  readonly knownHosts: string;
  /** Writes known_hosts anew. */
  trust(...lines: readonly string[]): void;
  remove(): void;
}

/** Makes a home directory that holds `key` as an identity file. */
export function testHome(key: TestKey): TestHome {
  const directory = mkdtempSync(join(tmpdir(), 'haprov-home-'));
  const identity = join(directory, 'identity');
  const knownHosts = join(directory, 'known_hosts');
  writeFileSync(identity, key.private, { mode: 0o600 });
  return {
    directory,
    identity,
    knownHosts,
    trust: (...lines) => writeFileSync(knownHosts, `${lines.join('\n')}\n`),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The known_hosts line of a key on a port of the loopback interface. */
export function trusted(port: number, key: TestKey): string {
  return `[127.0.0.1]:${port} ${key.line}`;
}

/** A host on the loopback interface. */
export function testHost(port: number, home: TestHome, ssh: Partial<SshSettings> = {}, become: Become = false): Host {
  return {
    id: 'lb1',
    name: 'lb1',
    cluster: 'web',
    address: '127.0.0.1',
    become,
    ssh: {
      user: 'deploy',
      port,
      identity_file: home.identity,
      known_hosts_file: home.knownHosts,
      host_key_checking: 'strict',
      proxy_jump: [],
      // A busy machine takes its time.
      connect_timeout: 100,
      ...ssh,
    },
  };
}
