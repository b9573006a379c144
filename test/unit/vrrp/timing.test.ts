import { describe, expect, it } from 'vitest';
import {
  crashOutage,
  detection,
  failbackWait,
  faultOutage,
  formatRange,
  masterDown,
  skew,
  stopOutage,
  weightOutage,
} from '../../../src/vrrp/timing.ts';

const v2 = { intervalSeconds: 1, version: 2 } as const;
const v3 = { intervalSeconds: 0.2, version: 3 } as const;
const check = { interval: 2, timeout: 1, fall: 2 };
const within = (range: { min: number; max: number }, ms: number): boolean => range.min <= ms && ms <= range.max;

describe('the predicted outage holds what was measured', () => {
  it('0.67 s after a stop at priority 90', () => {
    expect(stopOutage(90, v2)).toEqual({ min: 648, max: 648 });
  });

  it('3.34 s after a crash at priority 90', () => {
    expect(crashOutage(90, v2)).toEqual({ min: 2648, max: 3648 });
    expect(within(crashOutage(90, v2), 3340)).toBe(true);
  });

  it('0.72 s after a crash in version 3 with adverts every 0.2 s', () => {
    expect(within(crashOutage(90, v3), 720)).toBe(true);
    expect(crashOutage(90, v3).max).toBe(730);
  });

  it('3.05 + 0.66 s after a failed check of weight 0', () => {
    expect(within(faultOutage(90, v2, check), 3710)).toBe(true);
  });

  it('6.35 s after a failed check of weight -20, and 15.3 s with preempt_delay 8', () => {
    expect(within(weightOutage(90, v2, check), 6350)).toBe(true);
    expect(within(weightOutage(90, v2, check, 8), 15_300)).toBe(true);
  });

  it('3.60 s until the first election at priority 100, and 3.62 s until a better host is back', () => {
    expect(failbackWait(100, v2)).toBe(3609);
    expect(failbackWait(100, v2, 5)).toBe(8609);
  });
});

describe('the timers', () => {
  it('have a skew of 1/256 s a point in version 2, of the interval in version 3', () => {
    expect(skew(0, v2)).toBe(1000);
    expect(skew(255, { intervalSeconds: 5, version: 2 })).toBeCloseTo(1000 / 256);
    expect(skew(0, v3)).toBeCloseTo(200);
    expect(masterDown(0, { intervalSeconds: 2, version: 2 })).toBe(7000);
  });

  it('notice a failure within the runs that it takes, and a hang with the time limit on top', () => {
    expect(detection({ interval: 2, timeout: 1, fall: 1 })).toEqual({ min: 0, max: 3000 });
    expect(detection(check)).toEqual({ min: 2000, max: 5000 });
  });

  it('count the skipped runs when the time limit is over the interval', () => {
    expect(detection({ interval: 2, timeout: 5, fall: 2 })).toEqual({ min: 2000, max: 13_000 });
  });
});

describe('formatRange', () => {
  it('prints seconds, and one figure where both ends are the same', () => {
    expect(formatRange({ min: 648, max: 648 })).toBe('0.65s');
    expect(formatRange({ min: 2648, max: 3648 })).toBe('2.65-3.65s');
  });
});
