import { describe, expect, it } from 'vitest';
import { renderDrillResult } from '../../../../src/ui/drill/result-view.ts';
import { createStyle } from '../../../../src/ui/terminal/style.ts';
import { FLEET, HEALTHY, SPLIT, TUTORIAL } from './reports.ts';

const plain = createStyle({ colour: false, columns: 80 });

describe('the result of a drill on the terminal', () => {
  it('has a whole row for each scenario, and the counts last', () => {
    expect(renderDrillResult(HEALTHY, plain)).toBe(
      [
        'INSTANCE  SCENARIO    MOVE     OUTAGE  PREDICTED    BACK  FAILED  RESULT',
        'web/VI_1  keepalived  lb1>lb2   0.66s  0.61s       0.00s  14/600  pass',
        'web/VI_1  service     lb1>lb2   3.71s  2.61-6.61s  0.00s  75/600  pass',
        'web/VI_1  crash       lb1>lb2   3.34s  2.61-3.61s  0.25s  72/600  pass',
        'RESTORED web/VI_1 on lb1; nothing left behind',
        'DRILL 3 passed, 0 failed, worst 3.71s of 5.00s allowed',
        '',
      ].join('\n'),
    );
  });

  it('says below a failure why and what else is to know, and shows it', () => {
    const lines = renderDrillResult(TUTORIAL, plain).split('\n');
    expect(lines[2]).toMatch(/^web\/VI_1 +service +lb1>lb1 +22\.05s +FOREVER +0\.00s +441\/720 +FAIL$/);
    expect(lines[3]).toMatch(/^FAIL web\/VI_1 service: The VIP did not answer for 22\.05s, until nginx/);
    expect(lines[4]).toMatch(/^NOTE web\/VI_1 service: It stayed on lb1: check_nginx lowers/);
    expect(lines.slice(5, 7)).toEqual([`    ${'.'.repeat(10)}${'x'.repeat(66)}`, `${' '.repeat(14)}^ nginx stopped`]);
    expect(lines[7]).toBe('SKIPPED web isolate: the client runs on a member of the cluster');
    expect(lines.at(-2)).toBe('DRILL 1 passed, 1 failed, 1 skipped, worst 22.05s of 5.00s allowed');
  });

  it('names two holders, and what was left behind instead of a restoration', () => {
    const text = renderDrillResult(SPLIT, plain);
    expect(text).toMatch(/^web\/VI_1 +isolate +lb1>lb1\+lb2 .*FAIL$/m);
    expect(text).toContain('\nLEFT BEHIND lb2: no answer from 10.0.8.12:22 within 10 s; its own timer');
    expect(text).not.toContain('RESTORED');
  });

  it('counts who holds what on a fleet, and keeps every row', () => {
    const text = renderDrillResult(FLEET, plain);
    expect(text.match(/^eu-\d\d\/VI_1 /gm)).toHaveLength(114);
    expect(text).toContain('RESTORED 19 VRRP instances; nothing left behind\nDRILL 113 passed, 1 failed, 1 skipped');
  });

  it('says of a passed scenario what else is to know', () => {
    const scenarios = HEALTHY.scenarios.slice(0, 1).map((one) => ({ ...one, notes: ['lb2 was slow\u001b[2J.'] }));
    expect(renderDrillResult({ ...HEALTHY, scenarios }, plain)).toContain(
      'NOTE web/VI_1 keepalived: lb2 was slow\\x1b[2J.\n',
    );
  });

  it('counts the outage while a fault was put right, too', () => {
    const scenarios = HEALTHY.scenarios.map((one) => ({ ...one, repair_outage_ms: 6000 }));
    expect(renderDrillResult({ ...HEALTHY, scenarios }, plain)).toContain('worst 6.00s of 5.00s allowed\n');
  });

  it('masks secrets, and has a closing line where nothing was drilled', () => {
    const masking = createStyle({ colour: false, redact: (text) => text.replaceAll('hunter2', '********') });
    const skipped = [{ cluster: 'web', reason: 'hunter2' }];
    expect(renderDrillResult({ ...HEALTHY, scenarios: [], skipped }, masking)).toBe(
      'SKIPPED web: ********\nDRILL 0 passed, 0 failed, 1 skipped\n',
    );
  });
});
