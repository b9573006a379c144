import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { DrillEvent } from '../../../src/operate/drill/events.ts';
import { renderForecast } from '../../../src/ui/drill/drill-forecast-view.ts';
import { createDrillView } from '../../../src/ui/drill/drill-live-view.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import { situation } from '../operate/drill/support.ts';

const style = createStyle({ colour: false });
const { cluster } = situation({ lb1: 150, lb2: 100 });

it('tells before it asks what each scenario costs and why, what is left out, and how long all takes', () => {
  const surveyed = [
    {
      cluster,
      holder: 'lb1',
      targets: ['tcp://10.0.0.100:80'],
      unreached: [],
      scenarios: [
        { name: 'crash', forecast: { outage: { min: 0, max: 0 }, taker: 'lb2', because: 'it is kept' }, ms: 12_000 },
        { name: 'service', forecast: { outage: null, because: 'it\u001b stays' }, ms: 18_000 },
      ],
      skipped: [{ cluster: 'web', scenario: 'flap', reason: 'there is nothing to stop' }],
    },
  ] as const;
  expect(renderForecast(surveyed, { budgetMs: 5000, parallel: 1, client: 'here' }, style)).toBe(
    `CLUSTER  SCENARIO  ON   PREDICTED  TO   WHY
web      crash     lb1  0.00s      lb2  it is kept
web      service   lb1  FOREVER    -    it\\x1b stays
SKIPPED web flap: there is nothing to stop
Each VIP is asked every 50 ms from here; an outage may last 5.00s; all takes about 30.0s.
`,
  );
});

it('tells what happens line by line, in seconds from the fault', () => {
  const out = new PassThrough();
  const view = createDrillView(out, style);
  const mark = (at: number, kind: 'fault' | 'repair', text: string): DrillEvent => {
    return { event: 'mark', cluster: 'web', mark: { at, kind, host: 'lb1', text } };
  };
  view.emit({
    event: 'scenario',
    cluster: 'web',
    instance: 'VI_1',
    name: 'service',
    host: 'lb1',
    index: 1,
    of: 2,
    prediction: { outage: { min: 2000, max: 4000 }, taker: 'lb2', because: 'two failed runs' },
    target: 't',
  });
  view.emit({ event: 'request', cluster: 'web', request: { target: 't', start: 1, ms: 3, error: null, lagMs: 0 } });
  view.emit(mark(10_000, 'fault', 'nginx stopped'));
  view.emit(mark(16_250, 'repair', 'nginx started'));
  view.emit({ event: 'skipped', skipped: { cluster: 'web', scenario: 'crash', reason: 'interrupted before it' } });
  view.close();
  expect(String(out.read())).toBe(`DRILL web/VI_1 1/2 service on lb1, predicted 2.00-4.00s: two failed runs
  0.00s  web lb1: nginx stopped
  6.25s  web lb1: nginx started
SKIPPED web crash: interrupted before it
`);
});
