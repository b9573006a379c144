import { describe, expect, it } from 'vitest';
import { HAPROXY_SOCKETS } from '../../../src/checks/haproxy.ts';
import { NGINX_HEALTH_URL } from '../../../src/checks/nginx.ts';
import { GOOD, good, lines, withCluster, withInstance } from './support.ts';

const firstHost = (text: string) => good(text).clusters[0]?.hosts[0];
const firstInstance = (text: string) => good(text).clusters[0]?.vrrp_instances[0];

describe('SSH settings', () => {
  it('have defaults: the user who runs haprov, strict keys, sudo, 50 hosts at a time', () => {
    expect(firstHost(GOOD)).toEqual({
      id: 'lb1',
      name: 'lb1',
      cluster: 'web',
      address: '192.168.1.10',
      ssh: {
        user: 'ada',
        port: 22,
        known_hosts_file: '/home/ada/.ssh/known_hosts',
        host_key_checking: 'strict',
        proxy_jump: [],
        connect_timeout: 10,
        origins: {
          user: 'default',
          port: 'default',
          identity_file: 'default',
          known_hosts_file: 'default',
          host_key_checking: 'default',
          proxy_jump: 'default',
          connect_timeout: 'default',
        },
      },
      become: true,
    });
    expect(good(GOOD).forks).toBe(50);
  });

  it('of a host override those of its cluster, and these the inventory’s, key by key', () => {
    const text = `ssh: { user: all, port: 1000, connect_timeout: 5 }\nbecome: false\n${withCluster('{ ssh: { port: 2000, identity_file: ./key }, hosts: { lb1: { address: 192.168.1.10, ssh: { user: own } }, lb2: { address: 192.168.1.11, become: { password: { env: PASS } } } } }')}`;
    const [one, two] = good(text).clusters[0]?.hosts ?? [];
    expect(one?.ssh).toMatchObject({ user: 'own', port: 2000, connect_timeout: 5, identity_file: '/srv/ha/key' });
    expect(two?.ssh).toMatchObject({ user: 'all', port: 2000 });
    expect(one?.become).toBe(false);
    expect(two?.become).toMatchObject({ password: { source: { env: 'PASS' } } });
  });

  it('read ~ as the home directory and other paths from the inventory’s directory', () => {
    const text = `ssh: { identity_file: ~/.ssh/id, known_hosts_file: ../hosts }\n${GOOD}`;
    expect(firstHost(text)?.ssh).toMatchObject({ identity_file: '/home/ada/.ssh/id', known_hosts_file: '/srv/hosts' });
  });

  it('give a hop without a user the host’s user', () => {
    const hops = (text: string) => firstHost(`ssh: { user: deploy, proxy_jump: ${text} }\n${GOOD}`)?.ssh.proxy_jump;
    expect(hops('[ops@a:1, b]')).toEqual([
      { user: 'ops', host: 'a', port: 1 },
      { user: 'deploy', host: 'b', port: 22, unsaid: ['user', 'port'] },
    ]);
    expect(hops('"a,b"')?.map((hop) => hop.host)).toEqual(['a', 'b']);
    expect(hops('[]')).toEqual([]);
  });

  it('know which of them the inventory said, on any level, and which are defaults', () => {
    const text = `ssh: { user: all }\n${withCluster('{ ssh: { proxy_jump: none }, hosts: { lb1: { address: 192.168.1.10, ssh: { port: 22, known_hosts_file: a } }, lb2: 192.168.1.11 } }')}`;
    const [one, two] = good(text).clusters[0]?.hosts ?? [];
    const open = { identity_file: 'default', host_key_checking: 'default', connect_timeout: 'default' };
    expect(one?.ssh.origins).toEqual(open);
    expect(two?.ssh.origins).toEqual({ ...open, port: 'default', known_hosts_file: 'default' });
  });

  it('name the client, and the ssh_config to ask', () => {
    const ssh = (text: string) => firstHost(`ssh: ${text}\n${GOOD}`)?.ssh;
    expect(ssh('{ transport: openssh, config_file: ./ssh_config }')).toMatchObject({
      transport: 'openssh',
      config_file: '/srv/ha/ssh_config',
    });
    expect(ssh('{ config_file: none }')?.config_file).toBe('none');
    expect(lines(`ssh: { transport: telnet }\n${GOOD}`)[0]).toContain('must be one of auto, ssh2, openssh');
  });

  it('refuse what ssh would take for an option', () => {
    expect(lines(withCluster('hosts: { lb1: -oProxyCommand=id, lb2: 192.168.1.11 }'))[0]).toContain(
      'must be a host name or an IP address',
    );
    expect(lines(`ssh: { user: -x }\n${GOOD}`)[0]).toContain('user must be a user name');
  });
});

describe('an instance', () => {
  it('watches its service with weight 0 when it names no check', () => {
    expect(firstInstance(GOOD)?.track_script).toEqual([
      {
        name: 'check_nginx',
        interval: 2,
        timeout: 1,
        weight: 0,
        fall: 2,
        rise: 2,
        probe: { kind: 'nginx', url: NGINX_HEALTH_URL },
      },
    ]);
    expect(firstInstance(GOOD.replace('nginx', 'haproxy'))?.track_script[0]?.probe).toEqual({
      kind: 'haproxy',
      socket: HAPROXY_SOCKETS.debian,
    });
    expect(firstInstance(GOOD.replace('nginx', 'none'))?.track_script).toEqual([]);
  });

  it('has one value for all hosts, or one for each', () => {
    expect(
      firstInstance(withInstance('{ interface: { lb1: ens3, lb2: eth0 }, nopreempt: { lb2: true } }')),
    ).toMatchObject({
      interface: { lb1: 'ens3', lb2: 'eth0' },
      nopreempt: { lb1: false, lb2: true },
      priority: { lb1: 100, lb2: 90 },
    });
  });

  it('derives unicast from the hosts', () => {
    expect(firstInstance(withInstance('unicast: true'))?.unicast).toEqual({
      lb1: { src_ip: '192.168.1.10', peers: ['192.168.1.11'] },
      lb2: { src_ip: '192.168.1.11', peers: ['192.168.1.10'] },
    });
    expect(firstInstance(withInstance('unicast: false'))?.unicast).toBeUndefined();
  });

  it('reads a VIP as keepalived writes it', () => {
    expect(
      firstInstance(withInstance('virtual_ipaddress: [192.168.1.100/24 dev eth0 label eth0:1, 192.168.1.101]'))
        ?.virtual_ipaddress,
    ).toEqual([
      { address: '192.168.1.100', prefix: 24, family: 4, dev: 'eth0', label: 'eth0:1' },
      { address: '192.168.1.101', prefix: 32, family: 4 },
    ]);
  });
});

describe('host ids', () => {
  it('are names where they are unique, else cluster/name', () => {
    const second = `  api:\n    service: none\n    hosts: { lb1: 10.0.0.1, other: 10.0.0.2 }\n    vrrp_instances: { V: { virtual_router_id: 7, interface: eth0, priority: { lb1: 2, other: 1 }, virtual_ipaddress: [10.0.0.9/24] } }\n`;
    const ids = good(GOOD + second).clusters.flatMap((cluster) => cluster.hosts.map((host) => host.id));
    expect(ids).toEqual(['web/lb1', 'lb2', 'api/lb1', 'other']);
  });
});
