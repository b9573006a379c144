import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagesFor } from '../../../src/checks/packages.ts';
import {
  CHECK_KINDS,
  checkCommand,
  explainMissing,
  type Probe,
  probeOfCommand,
  serviceCheck,
} from '../../../src/checks/registry.ts';
import { SERVICE_NAMES, SERVICE_ROWS, SERVICES } from '../../../src/checks/services.ts';

/** A cluster's services and the checks that it has by default. */
function givenBy(service: 'nginx' | 'haproxy' | 'none'): Parameters<typeof packagesFor> {
  const services = service === 'none' ? [] : [SERVICES[service]];
  return [services, services.flatMap((one) => serviceCheck(one)?.probe ?? [])];
}

const shipped = (file: string): boolean => existsSync(new URL(`../../../playbooks/files/${file}`, import.meta.url));

const PROBES: readonly Probe[] = [
  { kind: 'nginx', url: 'http://127.0.0.1/up' },
  { kind: 'http', url: 'http://127.0.0.1:8008/primary', expect: ['200'], method: 'GET' },
  {
    kind: 'http',
    url: 'https://[::1]:6443/livez?verbose=1',
    expect: ['200', '4xx'],
    method: 'HEAD',
    host: 'api.example.com',
    ca: { host: '/etc/kubernetes/pki/ca.crt' },
  },
  { kind: 'http', url: 'https://127.0.0.1/', expect: ['200'], method: 'GET', insecure: true },
  { kind: 'tcp', address: '::1', port: 5432 },
  { kind: 'dns', name: 'example.com', server: '127.0.0.1', port: 53, type: 'AAAA' },
  { kind: 'process', process: 'traefik' },
  { kind: 'container', process: 'haproxy' },
  { kind: 'unit', unit: 'redis-server.service' },
  { kind: 'haproxy', socket: '/run/haproxy/admin.sock' },
  { kind: 'haproxy', socket: '/run/own.sock' },
];

describe('a kind of check', () => {
  it.each(PROBES)('knows its own command line again: %o', (probe) => {
    expect(probeOfCommand('c', checkCommand('c', probe, 2).split(' '))).toEqual(probe);
  });

  it("knows the administrator's own script by the check's name, and nobody knows another program", () => {
    const line = checkCommand('app', { kind: 'script', script: '/home/me/app.sh' }, 2);
    expect(probeOfCommand('app', [line])).toEqual({ kind: 'script', script: line });
    expect(probeOfCommand('other', [line])).toBeUndefined();
    expect(probeOfCommand('c', ['/usr/bin/true'])).toBeUndefined();
  });

  it.each(CHECK_KINDS.flatMap(({ script }) => script ?? []))(
    'has its script among the shipped files: $src',
    ({ src }) => {
      expect(shipped(src)).toBe(true);
    },
  );

  it('explains what it knows of, and leaves the rest to the doctor', () => {
    const url = 'http://127.0.0.1/up';
    expect(explainMissing({ what: 'answer', url, detail: 'status 404' })?.fix).toContain('location = /up');
    expect(explainMissing({ what: 'answer', url, detail: 'status 500' })).toBeUndefined();
    expect(explainMissing({ what: 'sockets', paths: ['/run/haproxy-master.sock', '/run/a.sock'] })).toEqual({
      evidence: 'no socket at /run/haproxy-master.sock, /run/a.sock',
      fix: 'stats socket /run/a.sock mode 660 in the global section of haproxy.cfg, then reload haproxy',
    });
  });
});

describe('the table of services', () => {
  it('names each service once, in the order of the messages', () => {
    expect([...Object.keys(SERVICES), 'none']).toEqual(SERVICE_NAMES);
  });

  it.each(SERVICE_ROWS)('has the files of $unit among the shipped ones', (row) => {
    expect(shipped(row.dropIn)).toBe(true);
    expect(!('health' in row) || shipped(row.health.src)).toBe(true);
  });
});

describe('the packages of a cluster', () => {
  it.each([
    ['nginx', ['keepalived', 'nginx', 'curl', 'procps-ng']],
    ['haproxy', ['keepalived', 'haproxy', 'curl', 'socat', 'procps-ng']],
    ['none', ['keepalived', 'curl', 'procps-ng']],
  ] as const)('are those of %s and of its own check', (service, rhel) => {
    expect(packagesFor(...givenBy(service)).rhel).toEqual(rhel);
  });

  it('are those of any other check, too', () => {
    const socket = { kind: 'haproxy', socket: '/run/own.sock' } as const;
    expect(packagesFor([SERVICES.nginx], [socket])).toEqual({
      debian: ['keepalived', 'nginx', 'curl', 'socat', 'procps'],
      rhel: ['keepalived', 'nginx', 'curl', 'socat', 'procps-ng'],
      commands: {
        keepalived: 'keepalived',
        nginx: 'nginx',
        curl: 'curl',
        socat: 'socat',
        procps: 'pgrep',
        'procps-ng': 'pgrep',
      },
      hold: ['keepalived', 'nginx'],
    });
  });
});
