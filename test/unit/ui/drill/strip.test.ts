import { describe, expect, it } from 'vitest';
import { requestStrip, scenarioStrip } from '../../../../src/ui/drill/strip.ts';
import { HEALTHY, TUTORIAL } from './reports.ts';

const request = (at: number, error: string | null = null, ms = 2) => ({ at, ms, error });

describe('the strip of requests', () => {
  it('has a character for each 100 ms, by the worst request that started in it', () => {
    const requests = [request(0), request(50, 'refused'), request(110), request(160, null, 300), request(320)];
    expect(requestStrip(requests, { from: 0, to: 400 })).toBe('x~ .');
  });

  it('shows its window and nothing else', () => {
    expect(requestStrip([request(90, 'refused'), request(100), request(299)], { from: 100, to: 250 })).toBe('..');
    expect(requestStrip([], { from: 5, to: 5 })).toBe('');
  });

  it('begins a second before the fault, and points at it', () => {
    const [strip, pointers] = scenarioStrip(HEALTHY.scenarios[0] ?? fail(), 60);
    expect(strip).toBe(`${'.'.repeat(10)}${'x'.repeat(7)}${'.'.repeat(23)}~${'.'.repeat(19)}`);
    expect(pointers).toBe('          ^ keepalived stopped');
  });

  it('is never wider than its room', () => {
    const [strip, pointers] = scenarioStrip(TUTORIAL.scenarios[1] ?? fail(), 20);
    expect([strip.length, pointers]).toEqual([20, '']);
  });
});

function fail(): never {
  throw new Error('the fixture has no such scenario');
}
