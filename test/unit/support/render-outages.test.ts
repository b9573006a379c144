import { describe, expect, it } from 'vitest';
import type { OutageRecord } from '../../support/outage-record.ts';
import { renderOutages } from '../../support/render-outages.ts';

const RECORD: OutageRecord = {
  scenario: 'restart',
  date: '2026-11-22T11:00:00.000Z',
  requests: 140,
  failed: 21,
  failedWhileLate: 0,
  slow: 2,
  longestMs: 650,
  totalMs: 1150,
  twoMs: 0,
  noneMs: 610,
  allDownMs: 0,
  moves: 2,
  blindMs: 70,
  machine: { cores: 2, cpu: 'a CPU', memoryGiB: 24, kernel: '6.1', node: '20.1.0', load: 1.5 },
  haprov: '0.1.0',
  keepalived: '2.2.7',
};

describe('the document of outages', () => {
  it('has a row for each scenario: what was done, what must hold, what was measured', () => {
    const text = renderOutages([RECORD]);
    expect(text).toContain(
      '| A change that needs a restart of keepalived on both members | at most 1.5 s without an answer in all; never both members down | 21 of 140 (2 answered late) | 0.65 s | 1.15 s | 0.61 s | 0 | 0 |',
    );
    expect(text).toContain('2026-11-22, haprov 0.1.0, keepalived 2.2.7, Node 20.1.0');
    expect(text).toMatch(/2 cores \(a CPU\) and 24 GiB/);
  });

  it('names what was not measured, and nothing where all was', () => {
    expect(renderOutages([RECORD])).toContain('Not measured yet: an apply with nothing to do;');
  });

  it('tells of failures during which the client itself was late', () => {
    expect(renderOutages([{ ...RECORD, failedWhileLate: 4, note: '50 kills' }])).toMatch(
      /members \(50 kills\) .* 21 of 140 \(2 answered late, 4 while the client itself was late\)/,
    );
  });
});
