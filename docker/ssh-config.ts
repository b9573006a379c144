import { join } from 'node:path';
import { primaryAddress, type Topology } from './topology.ts';

/** An ssh_config for OpenSSH and Ansible: every host by its name, strict host keys, the jump hosts in between. */
export function renderSshConfig(topology: Topology, directory: string): string {
  const user = Object.keys(topology.users)[0] ?? 'root';
  const blocks = Object.entries(topology.hosts).map(([name, host]) =>
    [
      `Host ${name}`,
      `  HostName ${primaryAddress(host).address}`,
      ...(host.behind === undefined ? [] : [`  ProxyJump ${host.behind}`]),
    ].join('\n'),
  );
  const common = [
    'Host *',
    `  User ${user}`,
    `  IdentityFile "${join(directory, 'key')}"`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile "${join(directory, 'known_hosts')}"`,
    '  GlobalKnownHostsFile none',
    '  StrictHostKeyChecking yes',
    '  BatchMode yes',
  ].join('\n');
  return `${[...blocks, common].join('\n\n')}\n`;
}
