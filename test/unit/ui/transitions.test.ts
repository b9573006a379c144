import { describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../../src/operate/status/model.ts';
import { localTime, Transitions } from '../../../src/ui/status/transitions.ts';

const look = (holders: readonly string[], verdict: ClusterStatus['verdict'] = 'ok'): ClusterStatus[] => [
  { cluster: 'web', verdict, reasons: [], instances: { VI_1: { vips: ['10.0.0.1'], holders } }, hosts: {} },
];
const at = (second: number): Date => new Date(2026, 10, 22, 14, 2, second);

describe('the transitions that --watch names', () => {
  it('are what changed since the look before, the latest first, three at most', () => {
    const history = new Transitions();
    history.take(look(['lb1']), at(0));
    expect(history.lines()).toEqual([]);
    history.take(look([], 'no-master'), at(2));
    history.take(look(['lb2'], 'no-master'), at(4));
    expect(history.lines()).toEqual([
      '14:02:04 web/VI_1: on no host > on lb2',
      '14:02:02 web/VI_1: on lb1 > on no host',
      '14:02:02 web: ok > no-master',
    ]);
    history.take(look(['lb2']), at(6));
    expect(history.lines()[0]).toBe('14:02:06 web: no-master > ok');
    expect(history.lines()).toHaveLength(3);
  });

  it('are told beside the local time with its zone', () => {
    expect(localTime(at(9))).toMatch(/^2026-11-22 14:02:09 [+-]\d\d:\d\d$/);
  });
});
