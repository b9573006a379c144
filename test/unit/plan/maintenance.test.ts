import { describe, expect, it } from 'vitest';
import type { MaintenanceFact } from '../../../src/facts/state/maintenance.ts';
import { inMaintenance } from '../../../src/plan/in-maintenance.ts';
import type { HostPlan } from '../../../src/plan/plan.ts';
import { planRollout } from '../../../src/plan/waves/plan-rollout.ts';
import {
  conf,
  FILE,
  inventoryOf,
  NEW_ID,
  NEW_VIP,
  planned,
  planOf,
  RELOAD,
  RESTART,
  START,
  serviceChange,
} from './rollout-support.ts';

const KEPT: MaintenanceFact = {
  who: 'ada@ops',
  since: '2026-11-22T14:03:05Z',
  reason: 'new disk',
  kind: 'maintenance',
};
const VIP = '10.0.0.100';
const PAIR = inventoryOf({ web: ['lb1', 'lb2'] });
const THREE = inventoryOf({ web: ['lb1', 'lb2', 'lb3'] });

const kept = (plan: HostPlan): HostPlan =>
  plan.status === 'planned' ? { ...plan, changes: inMaintenance(plan.changes), maintenance: KEPT } : plan;
const rollout = (inventory: typeof PAIR, ...hosts: readonly HostPlan[]) =>
  planRollout(inventory, planOf(...hosts)).clusters[0];

describe('a host in maintenance', () => {
  it('gets everything but what would have keepalived run, and nothing that its peers would notice', () => {
    const all = [
      FILE,
      conf(NEW_VIP),
      serviceChange('reload', 'nginx'),
      serviceChange('enable', 'keepalived'),
      START,
      RELOAD,
      RESTART,
    ];
    const left = inMaintenance(all);
    expect(left.map(({ action, target }) => `${action} ${target}`)).toEqual([
      'update /etc/x',
      'update /etc/keepalived/keepalived.conf',
      'reload service nginx',
    ]);
    expect(left.some((change) => 'peerVisible' in change)).toBe(false);
  });

  it('takes no part in what its peers do at the same moment', () => {
    const made = rollout(
      THREE,
      planned('lb1', [conf(NEW_VIP), RELOAD], [VIP]),
      planned('lb2', [conf(NEW_VIP), RELOAD]),
      kept(planned('lb3', [conf(NEW_VIP), RELOAD])),
    );
    expect(made?.batches.map(({ kind, members }) => [kind, ...members.map(({ host }) => host)])).toEqual([
      ['one', 'lb3'],
      ['together', 'lb1', 'lb2'],
    ]);
  });

  it.each([
    ['restarts keepalived', [RESTART]],
    ['restarts its service', [serviceChange('restart', 'nginx')]],
    ['makes an instance anew', [conf(NEW_ID), RELOAD]],
  ])('blocks a rollout in which the last other one %s', (_, changes) => {
    const made = rollout(PAIR, planned('lb1', changes, [VIP]), kept(planned('lb2', [FILE])));
    expect(made?.batches).toEqual([]);
    expect(made?.blocked).toContain(`lb1 has nobody to hand ${VIP} to while it`);
    expect(made?.blocked).toContain('lb2 is in maintenance since 2026-11-22 14:03 UTC by ada@ops (new disk)');
    expect(made?.blocked).toContain('haprov maintenance off lb2');
  });

  it.each([
    ['the last other one only reloads', PAIR, [planned('lb1', [conf(), RELOAD], [VIP]), kept(planned('lb2', []))]],
    [
      'the last other one is taken away for good',
      PAIR,
      [planned('lb1', [serviceChange('stop', 'keepalived')], [VIP]), kept(planned('lb2', []))],
    ],
    [
      'a third one can take the VIP',
      THREE,
      [planned('lb1', [RESTART], [VIP]), planned('lb2', []), kept(planned('lb3', []))],
    ],
  ])('blocks nothing where %s', (_, inventory, hosts) => {
    const made = rollout(inventory, ...hosts);
    expect(made?.blocked).toBeUndefined();
    expect(made?.batches.length).toBeGreaterThan(0);
  });
});
