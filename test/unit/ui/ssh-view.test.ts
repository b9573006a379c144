import { describe, expect, it } from 'vitest';
import type { Host, SshSettings } from '../../../src/inventory/model.ts';
import { sshLines } from '../../../src/ui/status/ssh-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';

const style = createStyle({ colour: false });
const host = (id: string, ssh: Partial<SshSettings> = {}, address = `${id}.example.com`): Host => ({
  id,
  name: id,
  cluster: 'web',
  address,
  become: true,
  ssh: {
    user: 'deploy',
    port: 22,
    known_hosts_file: '/home/ada/.ssh/known_hosts',
    host_key_checking: 'strict',
    proxy_jump: [],
    connect_timeout: 10,
    ...ssh,
  },
});

describe('how hosts are reached', () => {
  it('says of each setting where it came from, and which client connects and why', () => {
    const ssh: Partial<SshSettings> = {
      hostname: '10.0.0.1',
      identity_files: ['/keys/a', '/keys/b'],
      proxy_jump: [
        { user: 'ops', host: '10.0.0.9', port: 22, name: 'bastion' },
        { user: 'ops', host: '2001:db8::1', port: 2222 },
      ],
      origins: { port: 'default', identity_file: 'ssh_config', proxy_jump: 'ssh_config', connect_timeout: 'default' },
      needs: ['it presents a user certificate (/keys/a-cert.pub)'],
    };
    expect(sshLines([host('lb1', ssh)], style)).toEqual([
      'ssh lb1 (HostName 10.0.0.1)',
      '  user               deploy                       inventory',
      '  port               22                           default',
      '  identity_file      /keys/a /keys/b              ssh_config',
      '  known_hosts_file   /home/ada/.ssh/known_hosts   inventory',
      '  host_key_checking  strict                       inventory',
      '  proxy_jump         ops@10.0.0.9:22 for bastion  ssh_config',
      '                     ops@[2001:db8::1]:2222',
      '  connect_timeout    10                           default',
      '  transport          openssh                      it presents a user certificate (/keys/a-cert.pub)',
    ]);
  });

  it('is told once for hosts that are reached alike, however many', () => {
    const lines = sshLines([host('lb1'), host('lb2'), host('lb3', { port: 2222 })], style);
    expect(lines.filter((line) => line.startsWith('ssh '))).toEqual(['ssh 2 hosts', 'ssh lb3']);
    expect(lines[1]).toBe('  lb1, lb2');
    const alike = [host('lb1', { hostname: '10.0.0.1' }), host('lb2', { hostname: '10.0.0.2' })];
    expect(sshLines(alike, style).slice(0, 2)).toEqual([
      'ssh 2 hosts',
      '  lb1 (HostName 10.0.0.1), lb2 (HostName 10.0.0.2)',
    ]);
  });

  it('cannot drive the terminal', () => {
    const text = sshLines([host('lb1', { proxy_command: 'a\u001b[2Jb' })], style).join('\n');
    expect(text).not.toContain('\u001b');
    expect(sshLines([], style)).toEqual([]);
  });
});
