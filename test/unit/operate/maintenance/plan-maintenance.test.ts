import { describe, expect, it } from 'vitest';
import { planOff, planOn } from '../../../../src/operate/maintenance/plan-maintenance.ts';
import { clusterOf, KEPT, type States, statusOf, VIP } from '../switchover/support.ts';

const CALM = clusterOf({ lb1: 150, lb2: 100 }, { nopreempt: true });
const EAGER = clusterOf({ lb1: 150, lb2: 100 }, { nopreempt: false });
const OWN = { ...KEPT, kind: 'maintenance' } as const;

const on = (states: States, host: string, force = false) => planOn(CALM, statusOf(CALM, states), host, force);

describe('maintenance', () => {
  it('of the holder hands its VIPs over first, and names who is left', () => {
    expect(on({ lb1: ['MASTER'], lb2: ['BACKUP'] }, 'lb1')).toMatchObject({
      kind: 'on',
      moves: [{ vips: [VIP], from: 'lb1', to: 'lb2' }],
      lost: [],
      left: ['lb2'],
    });
  });

  it('of a backup moves nothing', () => {
    expect(on({ lb1: ['MASTER'], lb2: ['BACKUP'] }, 'lb2')).toMatchObject({ moves: [], lost: [], left: ['lb1'] });
  });

  it('of the holder is refused where nobody can take its VIPs, unless forced', () => {
    for (const other of ['down', ['FAULT'], OWN] as const) {
      expect(() => on({ lb1: ['MASTER'], lb2: other }, 'lb1')).toThrow(`nobody stands by to take ${VIP} from lb1`);
      expect(on({ lb1: ['MASTER'], lb2: other }, 'lb1', true)).toMatchObject({ moves: [], lost: [VIP], left: [] });
    }
  });

  it('of a host that is out of order is allowed: it is the one to mend', () => {
    expect(on({ lb1: ['MASTER'], lb2: ['FAULT'] }, 'lb2')).toMatchObject({ kind: 'on', moves: [] });
  });

  it('that is there already is nothing to do, either way', () => {
    expect(on({ lb1: ['MASTER'], lb2: OWN }, 'lb2')).toEqual({ kind: 'nothing' });
    const states: States = { lb1: ['MASTER'], lb2: ['BACKUP'] };
    expect(planOff(CALM, statusOf(CALM, states), 'lb2')).toEqual({ kind: 'nothing' });
  });

  it('that ends gives a host its VIPs back where it outranks the holder and preempts, and only there', () => {
    const states: States = { lb1: OWN, lb2: ['MASTER'] };
    expect(planOff(EAGER, statusOf(EAGER, states), 'lb1')).toMatchObject({
      kind: 'off',
      moves: [{ to: 'lb1' }],
      waitMs: 3414,
    });
    expect(planOff(CALM, statusOf(CALM, states), 'lb1')).toEqual({ kind: 'off', moves: [], waitMs: 0 });
  });
});
