import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HAPROXY_SOCKETS } from '../../../src/checks/haproxy.ts';
import { SERVICE_FILES } from '../../../src/checks/host-files.ts';
import { checkCommand } from '../../../src/checks/registry.ts';
import { ownCheckPath } from '../../../src/checks/script.ts';
import { SERVICES } from '../../../src/checks/services.ts';
import { HOST_PATHS } from '../../../src/vrrp/paths.ts';

const shipped = (file: string): string =>
  readFileSync(new URL(`../../../playbooks/files/${file}`, import.meta.url), 'utf8');

describe('checkCommand', () => {
  it("gives each check a time limit below keepalived's", () => {
    expect(checkCommand('web', { kind: 'nginx', url: 'http://127.0.0.1/up' }, 3)).toBe(
      '/usr/libexec/keepalived/haprov-check-nginx http://127.0.0.1/up 2.8',
    );
  });

  it('lets the script find the socket unless the inventory names another', () => {
    const at = (socket: string): string => checkCommand('lb', { kind: 'haproxy', socket }, 1);
    expect(at(HAPROXY_SOCKETS.debian)).toBe('/usr/libexec/keepalived/haprov-check-haproxy 0.8');
    expect(at('/run/my.sock')).toBe('/usr/libexec/keepalived/haprov-check-haproxy 0.8 /run/my.sock');
  });

  it("keeps the user's scripts apart from haprov's", () => {
    expect(checkCommand('check-nginx', { kind: 'script', script: '/home/me/c.sh' }, 1)).toBe(
      ownCheckPath('check-nginx'),
    );
    const own = [...Object.values<string>(HOST_PATHS), ...SERVICE_FILES.map(({ path }) => path)];
    expect(own).not.toContain(ownCheckPath('check-nginx'));
  });
});

describe('the shipped files and the kinds agree', () => {
  it('on the health endpoint', () => {
    const { src, address, port, path } = SERVICES.nginx.health;
    const conf = shipped(src);
    expect(conf).toContain(`listen ${address}:${port};`);
    expect(conf).toContain(`location = ${path} {`);
  });

  it('on the stats sockets', () => {
    const { debian, rhel, debianMaster } = HAPROXY_SOCKETS;
    expect(shipped('check_haproxy.sh')).toContain(`set -- ${debian} ${rhel} ${debianMaster}\n`);
  });
});
