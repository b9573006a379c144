import { describe, expect, it } from 'vitest';
import { judge } from '../../../../src/operate/drill/judge.ts';
import type { MemberEvent } from '../../../../src/operate/drill/member-lines.ts';
import type { Observed } from '../../../../src/operate/drill/observed.ts';
import type { VipRequest } from '../../../../src/operate/vip-client/outages.ts';

const VIP = '10.0.0.100';
const START = 1_000_000;

/** Requests every 50 ms for 20 s, of which those from `from` to `to` fail. */
const requests = (...lost: readonly (readonly [from: number, to: number])[]): VipRequest[] =>
  Array.from({ length: 400 }, (_, index) => {
    const at = index * 50;
    const failed = lost.some(([from, to]) => at >= from && at < to);
    return { target: 't', start: START + at, ms: 3, error: failed ? 'timeout' : null, lagMs: 0 };
  });
const held = (from: number, to?: number): MemberEvent[] => [
  { at: START + from, kind: 'address', address: VIP, on: true },
  ...(to === undefined ? [] : [{ at: START + to, kind: 'address', address: VIP, on: false } as const]),
];

/** The service stops on lb1 at 2 s, lb2 takes the VIP at 5 s, the repair is at 10 s. */
const seen = (more: Partial<Observed> = {}): Observed => ({
  name: 'service',
  cluster: 'web',
  service: 'nginx',
  instance: 'VI_1',
  vip: VIP,
  target: `http://${VIP}/`,
  client: 'here',
  host: 'lb1',
  idOf: (name) => name,
  forecast: { outage: { min: 2000, max: 4000 }, taker: 'lb2', because: 'so it is' },
  budgetMs: 5000,
  from: START,
  to: START + 20_000,
  faultAt: START + 2000,
  repairAt: START + 10_000,
  requests: requests([2000, 5000]),
  members: [
    { host: 'lb1', events: held(-10, 5000) },
    { host: 'lb2', events: held(5000) },
  ],
  marks: [
    { at: START + 2000, kind: 'fault', host: 'lb1', text: 'nginx stopped' },
    { at: START + 10_000, kind: 'repair', host: 'lb1', text: 'nginx started' },
  ],
  splitBrain: null,
  troubles: [],
  notes: [],
  clockErrorMs: 10,
  ...more,
});

describe('the judgement of a scenario', () => {
  it('measures the outage of the fault, and has nothing to say of what went as predicted', () => {
    expect(judge(seen())).toMatchObject({
      passed: true,
      findings: [],
      notes: [],
      outage_ms: 3050,
      repair_outage_ms: 0,
      two_holders_ms: 0,
      holders: ['lb2'],
      prediction: { outage: { min: 2000, max: 4000 }, taker: 'lb2', because: 'so it is' },
      marks: [{ at: 2000 }, { at: 10_000 }],
    });
  });

  it('takes no answer that was late while the repair began for a VIP that was away until then', () => {
    const slow = requests([2000, 5000]).map((one) => (one.start === START + 9900 ? { ...one, ms: 300 } : one));
    const judged = judge(seen({ requests: slow, repairAt: START + 9920 }));
    expect(judged).toMatchObject({ passed: true, findings: [], outage_ms: 3050 });
  });

  it('tells the outage of the fault from that of its repair, and holds both to the budget', () => {
    const judged = judge(seen({ requests: requests([2000, 5000], [11_000, 17_000]) }));
    expect(judged).toMatchObject({ passed: false, outage_ms: 3050, repair_outage_ms: 6050 });
    expect(judged.findings).toEqual([
      'While it was put right the VIP did not answer for 6.05s, more than the 5.00s that are allowed.',
    ]);
  });

  it('fails what takes longer than the budget, however well predicted', () => {
    const judged = judge(seen({ budgetMs: 800 }));
    expect(judged.passed).toBe(false);
    expect(judged.findings).toEqual(['The VIP did not answer for 3.05s, more than the 0.80s that are allowed.']);
  });

  it('says why where the VIP came back with the repair alone', () => {
    const judged = judge(
      seen({
        forecast: { outage: null, because: 'nopreempt makes lb2 heed a master that lives' },
        requests: requests([2000, 10_100]),
        members: [
          { host: 'lb1', events: held(-10) },
          { host: 'lb2', events: [] },
        ],
        budgetMs: 60_000,
      }),
    );
    expect(judged).toMatchObject({ passed: false, holders: ['lb1'] });
    expect(judged.findings).toEqual([
      'The VIP did not answer for 8.15s, and came back only with the repair (nginx started). As predicted: nopreempt makes lb2 heed a master that lives.',
    ]);
  });

  it('tells an outage that misses the prediction by more than half a second, either way', () => {
    const late = judge(seen({ requests: requests([2000, 6600]), repairAt: START + 10_000 }));
    expect(late.passed).toBe(true);
    expect([late.findings, late.notes]).toEqual([
      [],
      ['The outage was 4.65s, 0.65s longer than predicted (2.00-4.00s: so it is).'],
    ]);
    const soon = judge(seen({ requests: requests([2000, 3000]) }));
    expect(soon.notes).toEqual(['The outage was 1.05s, 0.95s shorter than predicted (2.00-4.00s: so it is).']);
  });

  it('tells a taker that has the VIP and does not answer', () => {
    const judged = judge(seen({ requests: requests([2000, 20_000]) }));
    expect(judged.notes.join(' ')).toContain('lb2 had 10.0.0.100, and did not answer http://10.0.0.100/');
  });

  it('tells another taker than the predicted one', () => {
    const members = [
      { host: 'lb1', events: held(-10, 5000) },
      { host: 'lb3', events: held(5000) },
    ];
    expect(judge(seen({ members })).notes).toEqual(['lb3 held the VIP while the fault lasted; predicted was lb2.']);
  });

  it('fails where two hosts or none hold the VIP in the end', () => {
    const both = [
      { host: 'lb1', events: held(-10) },
      { host: 'lb2', events: held(5000) },
    ];
    expect(judge(seen({ members: both }))).toMatchObject({ passed: false, two_holders_ms: 15_000 });
    const none = [{ host: 'lb2', events: held(5000, 19_000) }];
    expect(judge(seen({ members: none })).findings).toContain('After the repair nobody holds 10.0.0.100.');
  });

  it('does not hide that the client itself was late or blind', () => {
    const late = requests([2000, 5000]).map((one) => ({ ...one, lagMs: 300 }));
    expect(judge(seen({ requests: late })).notes.join(' ')).toContain('late by more than 0.2s during 60 of the 60');
    const blind = requests([2000, 5000]).filter(({ start }) => start < START + 7000 || start > START + 8000);
    expect(judge(seen({ requests: blind })).notes.join(' ')).toContain('did not get to run for 1.10s');
  });
});

describe('the judgement of a split brain made on purpose', () => {
  const isolate = (more: Partial<Observed> = {}): Observed =>
    seen({
      name: 'isolate',
      forecast: { outage: { min: 0, max: 0 }, taker: 'lb2', because: 'so it is' },
      requests: requests(),
      members: [
        { host: 'lb1', events: held(-10) },
        { host: 'lb2', events: held(5000, 10_500) },
      ],
      splitBrain: ['VI_1 10.0.0.100 is on lb1 and lb2: they do not hear each other'],
      ...more,
    });

  it('passes where it was seen, was named, and is over', () => {
    expect(judge(isolate())).toMatchObject({
      passed: true,
      two_holders_ms: 5500,
      holders: ['lb1', 'lb2'],
      findings: [],
      notes: ['Split brain for 5.50s, seen and named: VI_1 10.0.0.100 is on lb1 and lb2: they do not hear each other.'],
    });
  });

  it('fails where status did not name it', () => {
    expect(judge(isolate({ splitBrain: null }))).toMatchObject({ passed: false });
  });

  it('fails where no second host took the VIP: then VRRP goes some other way', () => {
    const members = [
      { host: 'lb1', events: held(-10) },
      { host: 'lb2', events: [] },
    ];
    expect(judge(isolate({ members, splitBrain: null })).findings[0]).toContain('no second host took the VIP');
  });
});
