import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../../../src/operate/drill/model.ts';
import { sharedTimes } from '../../../../src/ui/drill/lane.ts';
import { runsOf } from '../../../../src/ui/drill/requests.ts';
import { scaleOf, ticks } from '../../../../src/ui/drill/scale.ts';

const request = (at: number, error: string | null = null, ms = 2) => ({ at, ms, error });

describe('runs of requests', () => {
  it('end where another kind begins, in the order of the starts', () => {
    const runs = runsOf([request(100, 'refused'), request(0), request(50), request(150, null, 300), request(200)]);
    expect(runs.map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['ok', 0, 100],
      ['failed', 100, 150],
      ['slow', 150, 200],
      ['ok', 200, 250],
    ]);
  });

  it('do not cover a time in which nothing was asked', () => {
    const times = [0, 50, 100, 150, 5000, 5050];
    expect(runsOf(times.map((at) => request(at))).map(({ from, to }) => [from, to])).toEqual([
      [0, 200],
      [5000, 5100],
    ]);
  });

  it('lose no request', () => {
    const some = fc.array(fc.record({ at: fc.nat(60_000), ms: fc.nat(1000), error: fc.option(fc.string()) }));
    fc.assert(
      fc.property(some, (requests) => {
        expect(runsOf(requests).flatMap((run) => run.requests)).toHaveLength(requests.length);
      }),
    );
  });
});

describe('the time of several holders', () => {
  const lane = (host: string, ...held: readonly (readonly [number, number])[]): Lane => ({
    host,
    spans: held.map(([from, to]) => ({ from, to, state: 'MASTER', holds: true })),
  });

  it('is one, however often states change meanwhile, and whoever the third is', () => {
    const lanes = [lane('a', [0, 10], [10, 30]), lane('b', [5, 20], [20, 40]), lane('c', [8, 12])];
    expect(sharedTimes(lanes)).toEqual([{ from: 5, to: 30 }]);
  });

  it('is none where one hands over to the other', () => {
    expect(sharedTimes([lane('a', [0, 10]), lane('b', [10, 20])])).toEqual([]);
  });

  it('is none where nobody holds it', () => {
    expect(sharedTimes([{ host: 'a', spans: [{ from: 0, to: 9, state: 'MASTER', holds: false }] }])).toEqual([]);
  });
});

describe('the axis', () => {
  it('has its zero on a tick, and neither none nor too many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 3_600_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (duration, share) => {
          const zero = Math.round(duration * share);
          const at = ticks(duration, zero);
          expect(at).toContain(zero);
          expect(at.length).toBeLessThanOrEqual(13);
          expect(at.every((tick) => tick >= 0 && tick <= duration)).toBe(true);
        },
      ),
    );
  });

  it('keeps every time on the drawing', () => {
    const { x, width } = scaleOf(10_000);
    expect([x(-5), x(0), x(2500), x(20_000)]).toEqual(['0%', '0%', '25%', '100%']);
    expect([width(5000, 7500), width(9000, 12_000), width(5000, 4000)]).toEqual(['25%', '10%', '0%']);
    expect(scaleOf(0).x(0)).toBe('0%');
  });
});
