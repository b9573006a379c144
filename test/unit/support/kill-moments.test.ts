import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deal, momentAt, spreadMoments } from '../../support/kill-moments.ts';

describe('moments to kill at', () => {
  it('are spread evenly from the start to the end of a run', () => {
    expect(spreadMoments(4)).toEqual([0.125, 0.375, 0.625, 0.875]);
  });

  it('are told by how far the run had come', () => {
    const times = [0, 100, 400, 1000];
    expect(momentAt(0.05, times)).toEqual({ lines: 1, ms: 50 });
    expect(momentAt(0.5, times)).toEqual({ lines: 3, ms: 100 });
    expect(momentAt(1, times)).toEqual({ lines: 4, ms: 0 });
    expect(momentAt(0.5, [])).toEqual({ lines: 0, ms: 0 });
  });

  it('are dealt out so that none is lost and each hand gets early and late ones', () => {
    expect(deal([1, 2, 3, 4, 5], 2)).toEqual([
      [1, 3, 5],
      [2, 4],
    ]);
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 1, max: 6 }), (count, hands) => {
        const moments = spreadMoments(count);
        const shares = deal(moments, hands);
        expect(shares).toHaveLength(hands);
        expect(shares.flat().toSorted((a, b) => a - b)).toEqual(moments);
      }),
    );
  });
});
