import { expect, it } from 'vitest';
import type { VrrpInstanceState } from '../../../../src/facts/keepalived/vrrp-state.ts';
import { byInventory } from '../../../../src/rollout/gates/former-names.ts';
import { clusterWith } from '../../tasks/support.ts';

const WANTED = clusterWith().vrrp_instances;

function running(name: string, addresses: readonly string[]): VrrpInstanceState {
  return { name, state: 'MASTER', effectivePriority: 150, waitsFor: 0, addresses };
}

const names = (all: readonly VrrpInstanceState[]): readonly string[] =>
  byInventory(all, WANTED).map(({ name }) => name);

it('knows the instance that has the VIP by the name that the inventory gives it', () => {
  expect(names([running('OTHER', ['192.168.1.200']), running('WEB', ['192.168.1.100'])])).toEqual(['OTHER', 'VI_1']);
});

it('leaves names alone where the instance runs under its own', () => {
  expect(names([running('VI_1', ['192.168.1.101']), running('WEB', ['192.168.1.100'])])).toEqual(['VI_1', 'WEB']);
});

it('does not take an instance without the VIP for it', () => {
  expect(names([running('WEB', ['192.168.1.101'])])).toEqual(['WEB']);
});
