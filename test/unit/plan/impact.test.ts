import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/changes/change.ts';
import type { Inventory } from '../../../src/inventory/model.ts';
import type { HostPlan } from '../../../src/plan/plan.ts';
import { impactOf } from '../../../src/plan/waves/impact.ts';
import { planRollout } from '../../../src/plan/waves/plan-rollout.ts';
import { readInventory } from '../../support/read-inventory.ts';
import { conf, FILE, planned, planOf, RELOAD, RESTART, START, serviceChange } from './rollout-support.ts';

const VIP = '10.0.0.100';

function pairWith(more = ''): Inventory {
  return readInventory(`clusters:
  web:
    service: nginx
    hosts: { lb1: 10.0.0.1, lb2: 10.0.0.2 }
    vrrp_instances:
      VI_1: { virtual_router_id: 1, interface: eth0, priority: { lb1: 150, lb2: 100 }, virtual_ipaddress: [${VIP}/24]${more} }
`);
}

/** A new keepalived.conf in place of one with this priority. */
function insteadOf(priority: number, more = ''): Change {
  const before = `vrrp_instance VI_1 {\n  state BACKUP\n  interface eth0\n  virtual_router_id 1\n  priority ${priority}\n${more}  virtual_ipaddress {\n    ${VIP}/24\n  }\n}\n`;
  return { ...conf(), diff: { before, after: 'new' } };
}

/** "lb1 -> lb2: lb1 restarts keepalived, and back". */
function moves(inventory: Inventory, ...hosts: readonly HostPlan[]): readonly string[] {
  const plan = planOf(...hosts);
  const { vipMoves } = impactOf(inventory, planRollout(inventory, plan), plan);
  return vipMoves.map(({ from, to, by, why, outage, returns }) => {
    const time = outage === undefined ? '' : `, ${outage.min} ms`;
    return `${from} -> ${to ?? 'nowhere'}: ${by} ${why}${time}${returns ? ', and back' : ''}`;
  });
}

describe('what a plan says of the VIPs before anything is done', () => {
  it('is that a better host takes its VIP back once its service is started', () => {
    const start = serviceChange('start', 'nginx');
    expect(moves(pairWith(), planned('lb1', [start]), planned('lb2', [], [VIP]))).toEqual([
      'lb2 -> lb1: lb1 starts nginx',
    ]);
    expect(moves(pairWith(', nopreempt: true'), planned('lb1', [start]), planned('lb2', [], [VIP]))).toEqual([]);
  });

  it('is that a better host takes its VIP back once its keepalived is started', () => {
    const hosts = [planned('lb1', [START]), planned('lb2', [], [VIP])] as const;
    expect(moves(pairWith(), ...hosts)).toEqual(['lb2 -> lb1: lb1 starts keepalived']);
  });

  it('is that a new priority which reorders the members moves the VIP', () => {
    const hosts = [planned('lb1', [insteadOf(90), RELOAD]), planned('lb2', [insteadOf(140), RELOAD], [VIP])] as const;
    expect(moves(pairWith(), ...hosts)).toEqual(['lb2 -> lb1: lb1 reads its new priority']);
    expect(moves(pairWith(', nopreempt: true'), ...hosts)).toEqual([]);
  });

  it('is that a holder which is restarted does not come back while its service is down', () => {
    const hosts = [planned('lb1', [FILE, RESTART], [VIP]), planned('lb2', [])] as const;
    expect(moves(pairWith(), ...hosts)).toEqual(['lb1 -> lb2: lb1 restarts keepalived, 609 ms, and back']);
  });

  it('is that a removal leaves the VIP nowhere, and never that it comes back', () => {
    const stop = serviceChange('stop', 'keepalived');
    expect(moves(pairWith(), planned('lb1', [stop], [VIP]), planned('lb2', [stop]))).toEqual([
      'lb1 -> nowhere: lb1 stops keepalived',
    ]);
    expect(moves(pairWith(), planned('lb1', [stop], [VIP]), planned('lb2', []))).toEqual([
      'lb1 -> lb2: lb1 stops keepalived, 609 ms',
    ]);
  });

  it('is that a member which was set up by hand has nobody to serve for it while its instance is made anew', () => {
    const anew = { instance: 'VI_1', key: 'virtual_router_id', detail: '7 -> 1', anew: true } as const;
    const hosts = [planned('lb1', [conf(anew), RELOAD], [VIP]), planned('lb2', [FILE, START])] as const;
    expect(moves(pairWith(), ...hosts)[0]).toBe('lb1 -> nowhere: lb1 changes virtual_router_id, 3414 ms');
  });

  it('is nothing of a better host that leaves the VIP where it is for a reason that no plan tells', () => {
    const hosts = [planned('lb1', [conf(), RELOAD]), planned('lb2', [conf(), RELOAD], [VIP])] as const;
    expect(moves(pairWith(), ...hosts)).toEqual([]);
  });
});
