import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { converge } from '../support/converge.ts';
import { eventsOf, expectExit, type HaprovResult, haprov, summaryOf } from '../support/haprov.ts';
import { describeOnLab, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';
import { observe } from '../support/observe.ts';
import { recordOutage } from '../support/outage-record.ts';

const WEB = { hosts: PAIRS.web, vips: [VIPS.web] };
/** alice@ops1 */
const SOMEBODY = /[^\s@]+@[^\s@]+/;

describeOnLab('two applies at once', () => {
  let lab: Lab;
  let good: string;

  const holders = () => holdersOf(lab, PAIRS.web, VIPS.web);
  const withPriorities = (web1: number, web2: number) =>
    writeInventory(lab, { web: pair(PAIRS.web, 'nginx', 61, VIPS.web, { priority: { web1, web2 } }) });
  const both = (first: string, second: string) => () =>
    Promise.all([first, second].map((inventory) => haprov(['apply', inventory, '--yes', '--json'])));

  /** Who a run says it waits for, or was refused by; empty where it met nobody. */
  function met(result: HaprovResult): string[] {
    const waits = eventsOf(result).flatMap((event) => (event.event === 'waiting' ? [event.reason] : []));
    const refusals = Object.values(summaryOf(result).hosts).flatMap(({ error }) => error?.message ?? []);
    return [...waits, ...refusals].filter((text) => SOMEBODY.test(text));
  }

  beforeAll(async () => {
    lab = await testLab(PAIRS.web);
    good = await converge(lab, ['web']);
    await until(holders, ({ length }) => length === 1, 15_000);
  });

  afterAll(async () => {
    await expectExit(0, ['apply', good, '--yes']);
  });

  it('of different settings end in one of the two, whole, and one says on whom it waits', async () => {
    const first = withPriorities(160, 110);
    const second = withPriorities(170, 120);
    const seen = await observe(lab, WEB, both(first, second));
    await recordOutage('two-runs', [seen]);
    expect(seen.result.some(({ code }) => code === 0)).toBe(true);
    for (const result of seen.result.filter(({ code }) => code !== 0)) {
      expect({ code: result.code, met: met(result).length > 0, said: result.stdout }).toMatchObject({
        code: 1,
        met: true,
      });
    }
    expect(seen.result.flatMap(met).length).toBeGreaterThan(0);
    const plans = await Promise.all([first, second].map((file) => haprov(['plan', file, '--detailed-exitcode'])));
    expect(plans.map(({ code }) => code).toSorted()).toEqual([0, 2]);
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, twoMs: 0, noneMs: 0 });
  });

  it('of the same settings make each change once', async () => {
    const inventory = withPriorities(180, 130);
    const results = await both(inventory, inventory)();
    const done = results.filter(({ code }) => code === 0);
    expect(done.length).toBeGreaterThan(0);
    for (const result of results.filter(({ code }) => code !== 0)) expect(met(result)).not.toEqual([]);
    const changed = done.flatMap((result) => Object.values(summaryOf(result).hosts).map(({ changes }) => changes));
    expect(changed.filter((changes) => changes > 0)).toHaveLength(PAIRS.web.length);
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
  });
});
