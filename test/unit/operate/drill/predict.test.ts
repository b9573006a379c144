import { expect, it } from 'vitest';
import type { ScenarioName } from '../../../../src/operate/drill/model.ts';
import { failback, predict } from '../../../../src/operate/drill/predict.ts';
import type { Forecast, Situation } from '../../../../src/operate/drill/situation.ts';
import { CHECK, situation } from './support.ts';

const forecast = (name: ScenarioName, of: Situation): Forecast => {
  const found = predict(name, of);
  if ('unfit' in found) throw new Error(found.unfit);
  return found;
};
const WEIGHTED = { ...CHECK, weight: -20 };

it('counts the failed runs of the check and the skew of the taker when a service stops', () => {
  const found = forecast('service', situation({ lb1: 150, lb2: 100 }));
  expect(found.outage).toEqual({ min: 2000 + 609, max: 4000 + 609 });
  expect(found.taker).toBe('lb2');
  expect(found.because).toBe("2 failed runs of check_nginx 2.00-4.00s, then skew of lb2's priority 100 0.61s");
});

it("adds the time limit where the check is the user's own: what it does with a dead service nobody knows", () => {
  const own = { ...CHECK, probe: { kind: 'script', script: '/x' } } as const;
  expect(forecast('service', situation({ lb1: 150, lb2: 100 }, { track_script: [own] })).outage?.max).toBe(5609);
});

it('says of the widespread set-up that its VIP stays where nginx died, and why', () => {
  const tutorial = situation({ lb1: 100, lb2: 90 }, { nopreempt: { lb1: false, lb2: true }, track_script: [WEIGHTED] });
  const found = forecast('service', tutorial);
  expect(found).toMatchObject({ outage: null });
  expect(found.takeover).toBeUndefined();
  expect(found.because).toBe(
    "lb1 goes from 100 to 80, below lb2's 90, but nopreempt keeps lb2 from taking it from a master that lives: the VIP stays on lb1, where nginx is down",
  );
});

it('says of a weight that is too small that the holder stays above', () => {
  const found = forecast('service', situation({ lb1: 150, lb2: 100 }, { track_script: [WEIGHTED] }));
  expect(found.outage).toBeNull();
  expect(found.because).toContain("lb1 goes from 150 to 130, which is not below lb2's 100");
});

it('waits for three adverts and the preempt delay where a weight moves the VIP', () => {
  const weighted = situation({ lb1: 100, lb2: 90 }, { track_script: [WEIGHTED], preempt_delay: 8 });
  expect(forecast('service', weighted).outage).toEqual({ min: 2000 + 8000 + 2648, max: 4000 + 8000 + 3648 });
});

it('passes over a better host that nopreempt bars', () => {
  const three = { nopreempt: { a: false, b: true, c: false }, track_script: [WEIGHTED] };
  expect(forecast('service', situation({ a: 100, b: 95, c: 90 }, three)).taker).toBe('c');
});

it('takes no notice of nopreempt where the holder gives up', () => {
  const barred = situation({ a: 100, b: 95, c: 90 }, { nopreempt: { a: true, b: true, c: true } });
  expect(forecast('service', barred).taker).toBe('b');
});

it('expects nothing of a service that nothing watches', () => {
  expect(forecast('service', situation({ lb1: 150, lb2: 100 }, { track_script: [] }))).toMatchObject({
    outage: null,
    because: 'nothing watches nginx: the VIP stays on lb1, where nginx is down',
  });
});

it('takes the skew of the best of the others when keepalived stops', () => {
  expect(forecast('keepalived', situation({ a: 200, b: 150, c: 100 }, {}, { holder: 'b' }))).toMatchObject({
    outage: { min: 219, max: 219 },
    taker: 'a',
  });
});

it.each(['crash', 'isolate'] as const)(
  'predicts no outage and two holders for %s, since the old one answers',
  (name) => {
    expect(forecast(name, situation({ lb1: 150, lb2: 100 }))).toMatchObject({
      outage: { min: 0, max: 0 },
      takeover: { min: 2609, max: 3609 },
      taker: 'lb2',
    });
  },
);

it('has the same outage for every stop of flap', () => {
  const pair = situation({ lb1: 150, lb2: 100 });
  expect(forecast('flap', pair).outage).toEqual(forecast('service', pair).outage);
});

it('cannot stop a service that is none, nor move a VIP without a second host', () => {
  expect(predict('service', situation({ lb1: 150, lb2: 100 }, {}, { service: 'none' }))).toHaveProperty('unfit');
  expect(predict('keepalived', situation({ lb1: 150 }))).toHaveProperty('unfit');
});

it('knows who takes the VIP back: only a better host without nopreempt', () => {
  expect(failback(situation({ lb1: 150, lb2: 100 }), 'lb2')).toBe(3000 + 414 + 1000);
  expect(failback(situation({ lb1: 150, lb2: 100 }, { nopreempt: { lb1: true } }), 'lb2')).toBeUndefined();
  expect(failback(situation({ lb1: 150, lb2: 100 }, {}, { holder: 'lb2' }), 'lb1')).toBeUndefined();
});
