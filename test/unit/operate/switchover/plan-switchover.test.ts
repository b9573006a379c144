import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSwitchover, SwitchoverError } from '../../../../src/operate/switchover/plan-switchover.ts';
import { stopOutage } from '../../../../src/vrrp/timing.ts';
import { clusterOf, KEPT, type States, statusOf, VIP, VIP_2 } from './support.ts';

const CALM = clusterOf({ lb1: 150, lb2: 100 }, { nopreempt: true });
const EAGER = clusterOf({ lb1: 150, lb2: 100 }, { nopreempt: false });
const THREE = clusterOf({ lb1: 150, lb2: 100, lb3: 50 }, { nopreempt: true });
const BOTH = clusterOf({ lb1: 150, lb2: 100 }, { nopreempt: true, two: true });

const plan = (cluster: typeof CALM, states: States, to?: string) =>
  planSwitchover(cluster, statusOf(cluster, states), to);

describe('a switchover', () => {
  it('goes to the likely taker, who answers after its skew, and leaves the other as a backup with nopreempt', () => {
    expect(plan(CALM, { lb1: ['MASTER'], lb2: ['BACKUP'] })).toEqual({
      kind: 'stop',
      from: 'lb1',
      to: 'lb2',
      moves: [
        {
          instance: 'VI_1',
          vips: [VIP],
          from: 'lb1',
          to: 'lb2',
          priority: 100,
          outage: stopOutage(100, { intervalSeconds: 1, version: 2 }),
        },
      ],
      keep: false,
      standby: [],
    });
  });

  it('away from the better one of a pair that preempts keeps that one standby', () => {
    expect(plan(EAGER, { lb1: ['MASTER'], lb2: ['BACKUP'] }, 'lb2')).toMatchObject({ kind: 'stop', keep: true });
  });

  it('back to a host that an earlier one keeps standby ends that, and costs no answer', () => {
    for (const to of [undefined, 'lb1']) {
      expect(plan(EAGER, { lb1: KEPT, lb2: ['MASTER'] }, to)).toMatchObject({
        kind: 'lift',
        from: 'lb2',
        to: 'lb1',
        moves: [{ outage: { min: 0, max: 0 } }],
        waitMs: 3414,
      });
    }
  });

  it('has nothing to do where the host has the VIP already', () => {
    expect(plan(CALM, { lb1: ['BACKUP'], lb2: ['MASTER'] }, 'lb2')).toEqual({
      kind: 'nothing',
      to: 'lb2',
      vips: [VIP],
    });
  });

  it('moves all that the holder has', () => {
    expect(plan(BOTH, { lb1: ['MASTER', 'MASTER'], lb2: ['BACKUP', 'BACKUP'] })).toMatchObject({
      moves: [{ vips: [VIP] }, { vips: [VIP_2] }],
    });
  });

  it('of a pair where each has a VIP has to be told where to', () => {
    const states: States = { lb1: ['MASTER', 'BACKUP'], lb2: ['BACKUP', 'MASTER'] };
    expect(() => plan(BOTH, states)).toThrow('lb1 and lb2 hold VIPs of web');
    expect(plan(BOTH, states, 'lb1')).toMatchObject({ from: 'lb2', to: 'lb1', moves: [{ vips: [VIP_2] }] });
  });

  it('to a host that is not the next is refused, with those before it named', () => {
    const states: States = { lb1: ['MASTER'], lb2: ['BACKUP'], lb3: ['BACKUP'] };
    expect(() => plan(THREE, states, 'lb3')).toThrow(
      'lb3 is not the next for VI_1: with its priority of 50 it comes after lb2 (100)',
    );
    expect(plan(THREE, { ...states, lb2: { ...KEPT, kind: 'maintenance' } }, 'lb3')).toMatchObject({ to: 'lb3' });
  });

  it('names who stands by afterwards', () => {
    const eager = clusterOf({ lb1: 150, lb2: 100, lb3: 50 }, { nopreempt: false });
    expect(plan(eager, { lb1: ['MASTER'], lb2: ['BACKUP'], lb3: ['BACKUP'] })).toMatchObject({
      to: 'lb2',
      standby: ['lb3'],
    });
  });

  it.each<readonly [string, States, string | undefined, string]>([
    ['in FAULT', { lb1: ['MASTER'], lb2: ['FAULT'] }, 'lb2', 'web is not ok: lb2: VI_1 is in FAULT'],
    ['without keepalived', { lb1: ['MASTER'], lb2: 'down' }, 'lb2', 'web is not ok: lb2: keepalived is inactive'],
    [
      'in maintenance',
      { lb1: ['MASTER'], lb2: { ...KEPT, kind: 'maintenance' } },
      'lb2',
      'lb2 is in maintenance since 2026-11-22 14:03 UTC by ada@ops',
    ],
    [
      'that is alone',
      { lb1: ['MASTER'], lb2: { ...KEPT, kind: 'maintenance' } },
      undefined,
      'nobody stands by to take the VIPs of lb1',
    ],
    ['while two have the VIP', { lb1: ['MASTER'], lb2: ['MASTER'] }, 'lb2', 'web is not ok: VI_1'],
    ['while nobody has the VIP', { lb1: ['BACKUP'], lb2: ['BACKUP'] }, 'lb2', 'web is not ok: VI_1'],
  ])('to a host %s is refused', (_, states, to, message) => {
    expect(() => plan(CALM, states, to)).toThrow(SwitchoverError);
    expect(() => plan(CALM, states, to)).toThrow(message);
  });

  it('never goes to a host that would not take the VIP first, and never leaves one that would take it back running', () => {
    const priority = fc.integer({ min: 1, max: 254 });
    fc.assert(
      fc.property(
        priority,
        priority,
        priority,
        fc.boolean(),
        fc.constantFrom('lb1', 'lb2', 'lb3'),
        (a, b, c, nopreempt, to) => {
          fc.pre(new Set([a, b, c]).size === 3);
          const of: Readonly<Record<string, number>> = { lb1: a, lb2: b, lb3: c };
          const cluster = clusterOf(of, { nopreempt });
          const states: States = { lb1: ['MASTER'], lb2: ['BACKUP'], lb3: ['BACKUP'] };
          const other = to === 'lb2' ? c : b;
          if (to !== 'lb1' && other > (of[to] ?? 0)) {
            expect(() => plan(cluster, states, to)).toThrow('is not the next');
            return;
          }
          const made = plan(cluster, states, to);
          if (made.kind === 'stop') expect(made.keep).toBe(!nopreempt && a > (of[made.to] ?? 0));
          else expect(to).toBe('lb1');
        },
      ),
      { numRuns: 60 },
    );
  });
});
