import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type InitAnswers, renderInventory, suggestRouterId } from '../../../src/inventory/init.ts';
import { good, read } from './support.ts';

const ANSWERS: InitAnswers = {
  hosts: [
    { name: 'lb1', address: '192.168.1.10' },
    { name: 'lb2', address: 'lb2.example.com' },
  ],
  vip: '192.168.1.100/24',
  interface: 'eth0',
  service: 'nginx',
  user: 'deploy',
};

describe('the inventory that init writes', () => {
  it('passes its own checks and says what was answered', () => {
    const inventory = good(renderInventory({ ...ANSWERS, jump: ['ops@bastion.example.com:2222', '[2001:db8::1]:22'] }));
    expect(read(renderInventory(ANSWERS)).problems).toEqual([]);
    expect(inventory.clusters[0]).toMatchObject({
      service: 'nginx',
      hosts: [
        {
          name: 'lb1',
          address: '192.168.1.10',
          become: true,
          ssh: {
            user: 'deploy',
            proxy_jump: [
              { user: 'ops', host: 'bastion.example.com', port: 2222 },
              { user: 'deploy', host: '2001:db8::1', port: 22 },
            ],
          },
        },
        { name: 'lb2' },
      ],
      vrrp_instances: [
        {
          virtual_router_id: 100,
          priority: { lb1: 150, lb2: 100 },
          virtual_ipaddress: [{ address: '192.168.1.100', prefix: 24 }],
        },
      ],
    });
  });

  it('names the schema for editors in its first line', () => {
    expect(renderInventory(ANSWERS).split('\n')[0]).toBe('# yaml-language-server: $schema=./haprov.schema.json');
  });

  it.each(['nginx', 'haproxy', 'none'] as const)('is good for service %s, for root, and for IPv6', (service) => {
    const answers = {
      ...ANSWERS,
      service,
      user: 'root',
      vip: '2001:db8::51/64',
      hosts: [
        { name: 'a', address: '2001:db8::1' },
        { name: 'b', address: '2001:db8::2' },
      ],
    };
    expect(good(renderInventory(answers)).clusters[0]?.hosts[0]?.become).toBe(false);
    expect(read(renderInventory(answers)).problems).toEqual([]);
  });

  it('takes the virtual_router_id from the VIP’s last octet', () => {
    expect(['192.168.1.7/24', '10.0.0.0/8', '2001:db8::1f', 'nonsense'].map(suggestRouterId)).toEqual([7, 51, 31, 51]);
  });

  it('holds any answer as a value, never as YAML of its own', () => {
    const answer = fc.string({ unit: 'grapheme', maxLength: 30 });
    fc.assert(
      fc.property(answer, answer, answer, (user, address, name) => {
        const { inventory, problems } = read(
          renderInventory({
            ...ANSWERS,
            user,
            interface: name,
            hosts: [
              { name: 'lb1', address },
              { name, address: '192.168.1.11' },
            ],
          }),
        );
        expect(problems.filter(({ rule }) => rule.startsWith('yaml') || rule === 'unknown-key')).toEqual([]);
        if (inventory !== undefined) expect(inventory.clusters[0]?.hosts[0]).toMatchObject({ address, ssh: { user } });
      }),
    );
  });
});
