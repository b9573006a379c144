import { expect, it } from 'vitest';
import { healthyPriorityOf, memberOf, type Stated, virtualRouterOf } from '../../../src/vrrp/virtual-router.ts';

const four = { address: '192.168.1.100', prefix: 24, family: 4 } as const;
const six = { address: '2001:db8::100', prefix: 64, family: 6 } as const;
const instance: Stated<{ name: string; weight: number }> = {
  virtual_router_id: 51,
  virtual_ipaddress: [four],
  priority: { lb1: 150, lb2: 100 },
  nopreempt: { lb1: true, lb2: false },
  preempt_delay: 8,
  advert_int: 2,
  track_script: [{ name: 'check_nginx', weight: 20 }],
};

it('reads an instance over all hosts that have a priority, with version 2 by default', () => {
  expect(virtualRouterOf(instance)).toEqual({
    vrid: 51,
    family: 4,
    vips: ['192.168.1.100'],
    adverts: { intervalSeconds: 2, version: 2 },
    members: [
      { host: 'lb1', priority: 150, preempts: false, preemptDelaySeconds: 8 },
      { host: 'lb2', priority: 100, preempts: true, preemptDelaySeconds: 8 },
    ],
    checks: instance.track_script,
  });
});

it.each([
  ['as it is stated', { ...instance, version: 3 } as const],
  ['for IPv6', { ...instance, virtual_ipaddress: [six, four] }],
])('has version 3 %s', (_, stated) => {
  expect(virtualRouterOf(stated).adverts.version).toBe(3);
});

it('has only the members that are asked for; one without a priority has 0', () => {
  expect(virtualRouterOf(instance, ['lb2']).members.map(({ host }) => host)).toEqual(['lb2']);
  expect(memberOf(instance, 'lb3').priority).toBe(0);
});

it('adds what checks that succeed give to a priority', () => {
  expect(healthyPriorityOf(instance, 'lb2')).toBe(120);
});
