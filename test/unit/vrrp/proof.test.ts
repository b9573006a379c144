import { describe, expect, it } from 'vitest';
import { type ProofInstance, proofRows } from '../../../src/vrrp/proof.ts';

const check = (weight: number) => ({ name: 'check_nginx', weight, interval: 2, timeout: 1, fall: 2 });

function pair(weight: number, nopreempt: [boolean, boolean] = [false, false], delay = 0): ProofInstance {
  return {
    members: [
      { host: 'lb1', priority: 100, preempts: !nopreempt[0], preemptDelaySeconds: delay },
      { host: 'lb2', priority: 90, preempts: !nopreempt[1], preemptDelaySeconds: delay },
    ],
    checks: [check(weight)],
    adverts: { intervalSeconds: 1, version: 2 },
  };
}

describe('proofRows', () => {
  it('refutes the tutorial and proves its other failovers', () => {
    expect(proofRows(pair(-20, [false, true]))).toEqual([
      {
        event: 'stop',
        host: 'lb1',
        scenario: 'lb1 stops',
        standing: { lb1: undefined, lb2: 90 },
        holder: 'lb2',
        gap: { min: 648, max: 648 },
        why: 'sends priority 0',
        proved: true,
      },
      {
        event: 'crash',
        host: 'lb1',
        scenario: 'lb1 crashes',
        standing: { lb1: undefined, lb2: 90 },
        holder: 'lb2',
        gap: { min: 2648, max: 3648 },
        why: '3 adverts missed',
        proved: true,
      },
      {
        event: 'check',
        host: 'lb1',
        check: 'check_nginx',
        scenario: 'check_nginx fails on lb1',
        standing: { lb1: 80, lb2: 90 },
        holder: 'lb1',
        why: 'nopreempt on lb2',
        proved: false,
      },
    ]);
  });

  it('proves weight 0 with nopreempt on both hosts', () => {
    const rows = proofRows(pair(0, [true, true]));
    expect(rows.every(({ proved }) => proved)).toBe(true);
    expect(rows[2]).toMatchObject({
      standing: { lb2: 90 },
      holder: 'lb2',
      gap: { min: 2648, max: 5648 },
      why: 'gives up',
    });
  });

  it('proves a weight that is enough, slower than weight 0', () => {
    const row = proofRows(pair(-20))[2];
    expect(row).toMatchObject({
      standing: { lb1: 80, lb2: 90 },
      holder: 'lb2',
      gap: { min: 4648, max: 8648 },
      proved: true,
    });
  });

  it('adds preempt_delay to the wait of a weighted check', () => {
    expect(proofRows(pair(-20, [false, false], 8))[2]).toMatchObject({ gap: { min: 12_648, max: 16_648 } });
  });

  it('says by how little a weight misses', () => {
    expect(proofRows(pair(-10))[2]).toMatchObject({ holder: 'lb1', why: '90 is not below 90', proved: false });
  });

  it('has a row for the lower host where it would keep the VIP', () => {
    const rows = proofRows(pair(-20, [true, false]));
    expect(rows.map(({ scenario, proved }) => [scenario, proved])).toEqual([
      ['lb1 stops', true],
      ['lb1 crashes', true],
      ['check_nginx fails on lb1', true],
      ['check_nginx fails on lb2', false],
    ]);
  });

  it('proves nothing of a single host', () => {
    const rows = proofRows({ ...pair(0), members: pair(0).members.slice(0, 1) });
    expect(rows.every(({ proved }) => !proved)).toBe(true);
    expect(rows[2]).not.toHaveProperty('holder');
  });
});
