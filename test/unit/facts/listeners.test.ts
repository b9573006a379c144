import { describe, expect, it } from 'vitest';
import { covers, listenersSubject } from '../../../src/facts/network/listeners.ts';
import { parseFixture } from './support.ts';

describe('listening sockets', () => {
  it('are told with their address, port and processes', () => {
    expect(parseFixture(listenersSubject, 'listeners-debian-pair', ['tcp'])).toEqual([
      [
        { address: '127.0.0.1', port: 488, processes: ['nginx'] },
        { address: '127.0.0.11', port: 33285, processes: [] },
        { address: '0.0.0.0', port: 22, processes: ['sshd'] },
        { address: '0.0.0.0', port: 80, processes: ['nginx'] },
        { address: '::', port: 22, processes: ['sshd'] },
        { address: '::', port: 80, processes: ['nginx'] },
      ],
    ]);
  });

  it('are read with an interface, with both families, and with several processes', () => {
    const output = [
      'LISTEN 0 128 *:8080 *:* users:(("haproxy",pid=7,fd=5),("haproxy",pid=6,fd=5))',
      'LISTEN 0 128 10.0.0.1%eth0:53 0.0.0.0:*',
      'LISTEN 0 128 [2001:DB8::1]:443 [::]:* users:(("nginx",pid=1,fd=1),("haproxy",pid=2,fd=1))',
    ].join('\n');
    expect(listenersSubject.parse(output, ['tcp'])[0]).toEqual([
      { address: '*', port: 8080, processes: ['haproxy'] },
      { address: '10.0.0.1', port: 53, processes: [] },
      { address: '2001:db8::1', port: 443, processes: ['haproxy', 'nginx'] },
    ]);
  });

  it('are those of a systemd service, too, whatever its program is called', () => {
    const output = [
      'LISTEN 0 128 0.0.0.0:5432 0.0.0.0:* users:(("postgres",pid=71,fd=5))',
      'LISTEN 0 128 0.0.0.0:53 0.0.0.0:* users:(("dnsmasq",pid=9,fd=5))',
      'unit 71 postgresql@15-main',
    ].join('\n');
    expect(listenersSubject.parse(output, ['tcp'])[0]).toEqual([
      { address: '0.0.0.0', port: 5432, processes: ['postgres', 'postgresql@15-main'] },
      { address: '0.0.0.0', port: 53, processes: ['dnsmasq'] },
    ]);
  });

  it.each([
    ['*', '10.0.0.1', true],
    ['*', '2001:db8::1', true],
    ['0.0.0.0', '10.0.0.1', true],
    ['0.0.0.0', '2001:db8::1', false],
    ['::', '2001:db8::1', true],
    ['::', '10.0.0.1', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.2', '10.0.0.1', false],
    ['2001:db8::1', '2001:0db8:0::1', true],
  ])('on %s reach %s: %s', (address, wanted, expected) => {
    expect(covers({ address, port: 80, processes: [] }, wanted)).toBe(expected);
  });
});
