import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVipLog, type VipRequest } from '../../../../src/operate/vip-client/outages.ts';

/** One request every 50 ms: `.` answered, `x` timed out, `r` refused, `s` answered slowly, `l` timed out while the client itself was late. */
function requests(drawn: string): VipRequest[] {
  return [...drawn].map((mark, index) => ({
    target: 'http://10.0.0.1/',
    start: 1000 + index * 50,
    ms: { '.': 3, s: 600, r: 1 }[mark] ?? 1000,
    error: mark === '.' || mark === 's' ? null : mark === 'r' ? 'ECONNREFUSED' : 'timeout',
    lagMs: mark === 'l' ? 300 : 1,
  }));
}

describe('what a client saw', () => {
  it('has no outage where every request was answered', () => {
    expect(readVipLog(requests('.....'))).toEqual({
      requests: 5,
      failed: 0,
      slow: 0,
      failedWhileLate: 0,
      outages: [],
      longestMs: 0,
      totalMs: 0,
      blindMs: 50,
      slowestMs: 3,
    });
  });

  it('has an outage from the last answered start before to the first answered start after', () => {
    const log = readVipLog(requests('..xxr..'));
    expect(log.outages).toEqual([{ from: 1050, ms: 200, failed: 3, slow: 0, errors: ['timeout', 'ECONNREFUSED'] }]);
    expect(log).toMatchObject({ requests: 7, failed: 3, longestMs: 200, totalMs: 200 });
  });

  it('has an outage where answers came late, though no request failed', () => {
    expect(readVipLog(requests('..sxs..s.'))).toMatchObject({ failed: 1, slow: 3, longestMs: 200, totalMs: 300 });
  });

  it('adds up several outages, and tells the longest', () => {
    expect(readVipLog(requests('.x.xx.x.'))).toMatchObject({ failed: 4, longestMs: 150, totalMs: 350 });
  });

  it('has an outage that had begun before the first request, and one that lasts to the last', () => {
    expect(readVipLog(requests('xx..xx')).outages.map(({ from, ms }) => [from, ms])).toEqual([
      [1000, 100],
      [1150, 100],
    ]);
    expect(readVipLog(requests('xxx'))).toMatchObject({ failed: 3, longestMs: 100 });
  });

  it('counts a failure that the client itself may have caused as a failure all the same, and apart', () => {
    expect(readVipLog(requests('.lx.'))).toMatchObject({ failed: 2, failedWhileLate: 1, longestMs: 150 });
  });

  it('tells for how long the client sent nothing', () => {
    const [first, ...rest] = requests('......');
    expect(readVipLog(first === undefined ? [] : [first, ...rest.slice(3)]).blindMs).toBe(200);
  });

  it('is the same in whatever order the requests ended, and loses none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('.', 'x', 'r', 's', 'l'), { maxLength: 40 }),
        fc.integer(),
        (marks, seed) => {
          const sent = requests(marks.join(''));
          const log = readVipLog(sent);
          const shuffled = sent.toSorted((a, b) => ((a.start * seed) % 7) - ((b.start * seed) % 7));
          expect(readVipLog(shuffled)).toEqual(log);
          expect(log.outages.reduce((sum, { failed }) => sum + failed, 0)).toBe(log.failed);
          expect(log.failed).toBe(marks.filter((mark) => mark !== '.' && mark !== 's').length);
          expect(log.totalMs).toBeGreaterThanOrEqual(log.longestMs);
        },
      ),
    );
  });
});
