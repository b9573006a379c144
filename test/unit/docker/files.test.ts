import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { benchTopology } from '../../../docker/bench.ts';
import { demoTopology } from '../../../docker/demo.ts';
import { sshdLines } from '../../../docker/firmware.ts';
import { renderInventory } from '../../../docker/inventory.ts';
import { parseHostKeys } from '../../../docker/keys.ts';
import { renderKnownHosts } from '../../../docker/known-hosts.ts';
import { reachableResolver } from '../../../docker/resolver.ts';
import { seedScript } from '../../../docker/seed.ts';
import { renderSshConfig } from '../../../docker/ssh-config.ts';

const PRINTED = `==> ssh_host_ed25519_key
-----BEGIN OPENSSH PRIVATE KEY-----
c2VjcmV0
-----END OPENSSH PRIVATE KEY-----
==> ssh_host_ed25519_key.pub
ssh-ed25519 AAAAed root@lb1
==> ssh_host_rsa_key.pub
ssh-rsa AAAArsa root@lb1
`;

describe('known_hosts', () => {
  const keys = parseHostKeys(PRINTED);

  it('has a line for each public key under every address of its host', () => {
    const hosts = new Map([['jump', { addresses: ['10.88.0.5', '10.88.1.5'], keys }]]);
    expect(renderKnownHosts(hosts)).toBe(
      '10.88.0.5,10.88.1.5 ssh-ed25519 AAAAed\n10.88.0.5,10.88.1.5 ssh-rsa AAAArsa\n',
    );
  });

  it('never holds a private key', () => {
    expect(renderKnownHosts(new Map([['lb1', { addresses: ['10.88.0.11'], keys }]]))).not.toContain('c2VjcmV0');
  });

  it('keeps key files as they are on the host, to the last byte', () => {
    expect([...keys].map(([name, content]) => `==> ${name}\n${content}`).join('')).toBe(PRINTED);
  });
});

describe('the inventory of a lab', () => {
  const inventory = parse(renderInventory(demoTopology(), '/lab'));

  it('names each cluster with its hosts, priorities and virtual IPs', () => {
    expect(Object.keys(inventory.clusters)).toEqual(['web', 'mixed', 'inner']);
    expect(inventory.clusters.web).toEqual({
      service: 'nginx',
      hosts: { lb1: '10.88.0.11', lb2: '10.88.0.12' },
      vrrp_instances: {
        VI_1: {
          virtual_router_id: 51,
          interface: 'eth0',
          priority: { lb1: 200, lb2: 150 },
          virtual_ipaddress: ['10.88.0.100/24'],
          auth_pass: 'labVrrp1',
          nopreempt: true,
        },
      },
    });
  });

  it('goes through the jump host to the hosts behind it, and to no others', () => {
    expect(inventory.clusters.inner.ssh).toEqual({ proxy_jump: ['deploy@10.88.0.5:22'] });
    expect(inventory.clusters.web).not.toHaveProperty('ssh');
  });

  it("uses the lab's own key and known_hosts", () => {
    expect(inventory.ssh).toEqual({
      user: 'deploy',
      identity_file: '/lab/key',
      known_hosts_file: '/lab/known_hosts',
    });
  });

  it('has a cluster for every pair of a bench', () => {
    expect(Object.keys(parse(renderInventory(benchTopology(40), '/lab')).clusters)).toHaveLength(20);
  });
});

describe('the ssh_config of a lab', () => {
  const config = renderSshConfig(demoTopology(), '/lab');

  it('checks host keys strictly and asks nothing', () => {
    expect(config).toContain('StrictHostKeyChecking yes');
    expect(config).toContain('BatchMode yes');
  });

  it('jumps to hosts behind a jump host', () => {
    expect(config).toContain('Host in1\n  HostName 10.88.1.11\n  ProxyJump jump\n');
    expect(config).toContain('Host lb1\n  HostName 10.88.0.11\n\n');
  });
});

describe('what a host is given', () => {
  it('lets sshd behind a jump host admit only who comes from it', () => {
    const demo = demoTopology();
    const inner = demo.hosts['in1'];
    expect(inner && sshdLines(demo, inner)).toEqual([
      'AllowUsers deploy@10.88.1.5 ops@10.88.1.5 nosudo@10.88.1.5 root@10.88.1.5',
    ]);
  });

  it("adds the topology's own lines for sshd", () => {
    const host = { role: 'debian', addresses: { front: '10.88.0.9' }, sshd: ['MaxStartups 2:50:4'] } as const;
    expect(sshdLines(demoTopology(), host)).toEqual(['MaxStartups 2:50:4']);
  });

  it('quotes a password for the shell', () => {
    expect(seedScript({ eve: { password: "a'b", sudo: 'none' } }, 'ssh-ed25519 AAAA')).toContain(`'eve:a'\\''b'`);
  });

  it('names no loopback name server, which a host could not reach', () => {
    expect(reachableResolver('# made\nnameserver 127.0.0.53\nnameserver 10.0.0.1\nsearch lan\n')).toBe(
      'nameserver 10.0.0.1\nsearch lan\n',
    );
    expect(reachableResolver('nameserver 127.0.0.53\nnameserver ::1\n')).toBeUndefined();
  });
});
