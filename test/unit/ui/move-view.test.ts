import { describe, expect, it } from 'vitest';
import { planOn } from '../../../src/operate/maintenance/plan-maintenance.ts';
import { planSwitchover } from '../../../src/operate/switchover/plan-switchover.ts';
import { maintenanceLines, moveJson, resultLines, switchoverLines } from '../../../src/ui/status/move-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import { clusterOf, KEPT, type States, statusOf } from '../operate/switchover/support.ts';

const CALM = clusterOf({ lb1: 150, lb2: 100 }, { nopreempt: true });
const EAGER = clusterOf({ lb1: 150, lb2: 100 }, { nopreempt: false });
const STATES: States = { lb1: ['MASTER'], lb2: ['BACKUP'] };
const style = createStyle({ colour: false });
const switched = (cluster: typeof CALM, states: States, to?: string) =>
  planSwitchover(cluster, statusOf(cluster, states), to);

describe('what is said before VIPs are moved', () => {
  it('has the predicted outage, and what becomes of the old holder', () => {
    expect(switchoverLines('web', switched(CALM, STATES))).toEqual([
      'VI_1 192.168.1.100: moves from lb1 to lb2, about 0.61s of downtime',
      'lb1: becomes a backup, and does not take the VIP back',
    ]);
  });

  it('tells the loss of redundancy where the old holder has to be kept standby', () => {
    expect(switchoverLines('web', switched(EAGER, STATES)).join('\n')).toContain(
      'Warning: web has no backup until you run: haprov switchover web --to lb1',
    );
  });

  it('tells that a way back costs no answer', () => {
    expect(switchoverLines('web', switched(EAGER, { lb1: KEPT, lb2: ['MASTER'] }))).toEqual([
      'VI_1 192.168.1.100: moves from lb2 to lb1, without downtime',
      'lb1: maintenance ends. About 3.41s after its start it outranks lb2',
    ]);
  });

  it('tells who is left, and what is lost by force', () => {
    const lines = (states: States, force: boolean) =>
      maintenanceLines('lb1', planOn(CALM, statusOf(CALM, states), 'lb1', force)).join('\n');
    expect(lines(STATES, false)).toContain('Warning: lb2 has no backup');
    expect(lines({ lb1: ['MASTER'], lb2: 'down' }, true)).toContain('192.168.1.100: will be on NO host');
  });
});

describe('what is said afterwards', () => {
  const plan = switched(CALM, STATES);
  const moves = plan.kind === 'nothing' ? [] : plan.moves;
  const base = {
    command: 'switchover',
    cluster: 'web',
    host: null,
    maintenance: { on: [], off: [] },
    unchanged: false,
  };
  const seen = {
    client: 'here',
    targets: ['tcp://192.168.1.100:80'],
    outage_ms: 660,
    requests: 84,
    failed_requests: 12,
  };

  it('has the measured outage beside the predicted one', () => {
    expect(resultLines(moveJson(base, moves, seen, null), style)).toEqual([
      'MOVED 192.168.1.100 from lb1 to lb2: downtime 0.66s (predicted 0.61s); 12 of 84 requests from here failed',
    ]);
  });

  it('says so where nobody could ask', () => {
    expect(resultLines(moveJson(base, moves, undefined, null), style).join()).toContain('was not measured');
  });

  it('has the worst of several VIPs, and counts none as moved where it failed', () => {
    const slow = moves.map((one) => ({
      ...one,
      vips: ['10.0.0.1', '10.0.0.2'],
      outage: { min: 900, max: 900 },
    }));
    expect(moveJson(base, [...moves, ...slow], seen, null)).toMatchObject({
      moved: 3,
      predicted_ms: { max: 900 },
    });
    expect(moveJson(base, moves, seen, { message: 'no' })).toMatchObject({
      moved: 0,
      error: { message: 'no' },
    });
  });
});
