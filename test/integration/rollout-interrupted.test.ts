import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { crashOutage } from '../../src/vrrp/timing.ts';
import { converge } from '../support/converge.ts';
import { eventsOf, expectExit, type HaprovResult, haprov, startHaprov, summaryOf } from '../support/haprov.ts';
import { describeOnLab, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { CLUSTERS, PAIRS, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';
import { observe } from '../support/observe.ts';
import { recordOutage } from '../support/outage-record.ts';

const WEB = { hosts: PAIRS.web, vips: [VIPS.web] };
/** One failover, at worst the one after a crash, by the slower member; and what a busy machine adds. Milliseconds. */
const FAILOVER = crashOutage(100, { intervalSeconds: 1, version: 2 }).max;
const MARGIN = 1000;

describeOnLab('an apply that is interrupted', () => {
  let lab: Lab;
  let good: string;
  let detailed: string;
  let toggle = false;

  const holders = () => holdersOf(lab, PAIRS.web, VIPS.web);
  /** An inventory that both hosts differ from: keepalived is to be restarted. */
  const next = (): string => {
    toggle = !toggle;
    return toggle ? detailed : good;
  };

  /** Starts an apply, and sends it signals once a host is armed: in the middle of its first member. */
  async function interrupt(inventory: string, signals: readonly NodeJS.Signals[]): Promise<HaprovResult> {
    const run = startHaprov(['apply', inventory, '--yes', '--json']);
    const midway = await run.event((event) => event.event === 'armed');
    expect(midway).toBeDefined();
    for (const signal of signals) {
      run.signal(signal);
      // A second one that comes before the first was taken would be one with it.
      await run.complained('Interrupted');
    }
    return run.ended;
  }

  const armed = async (): Promise<string[]> => {
    const states = await Promise.all(
      PAIRS.web.map((host) => lab.exec(host, 'ls /var/lib/haprov/switch 2>/dev/null | grep -xE "armed|rolling"')),
    );
    return states.map(({ stdout }) => stdout.trim()).filter((state) => state !== '');
  };

  /** Whom a run had to wait for: alice@ops1. It may wait for a peer to take a VIP, which is no one's lock. */
  const waits = (result: HaprovResult): string[] =>
    eventsOf(result).flatMap((event) =>
      event.event === 'waiting' && /\S@\S/.test(event.reason) ? [event.reason] : [],
    );

  beforeAll(async () => {
    lab = await testLab(PAIRS.web);
    good = await converge(lab, ['web']);
    detailed = writeInventory(lab, { web: { ...CLUSTERS.web, keepalived: { log_detail: true } } });
    await until(holders, ({ length }) => length === 1, 15_000);
  });

  afterAll(async () => {
    await expectExit(0, ['apply', good, '--yes']);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'by %s finishes its step, leaves nothing armed or locked, accounts for all hosts and exits with 130',
    async (signal) => {
      const inventory = next();
      const seen = await observe(lab, WEB, () => interrupt(inventory, [signal]));
      if (signal === 'SIGINT') await recordOutage('interrupted', [seen]);
      expect(seen.result.code).toBe(130);
      expect(Object.keys(summaryOf(seen.result).hosts).toSorted()).toEqual([...PAIRS.web]);
      const statuses = Object.values(summaryOf(seen.result).hosts).map(({ status }) => status);
      expect(statuses).toContain('untouched');
      expect(await armed()).toEqual([]);
      expect(seen.client.longestMs).toBeLessThanOrEqual(FAILOVER + MARGIN);
      expect(seen.services.allDownMs).toBe(0);
      const after = await haprov(['apply', inventory, '--yes', '--json']);
      expect({ code: after.code, waits: waits(after) }).toEqual({ code: 0, waits: [] });
      await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
    },
  );

  it('twice stops at once, and leaves the hosts such that the next apply converges', async () => {
    const inventory = next();
    const seen = await observe(lab, WEB, async () => {
      const result = await interrupt(inventory, ['SIGINT', 'SIGINT']);
      expect(result.code).toBe(130);
      expect(eventsOf(result).map(({ event }) => event)).not.toContain('confirmed');
      await expectExit(0, ['apply', inventory, '--yes']);
      return result;
    });
    await recordOutage('interrupted-twice', [seen]);
    expect(await armed()).toEqual([]);
    expect(seen.client.longestMs).toBeLessThanOrEqual(FAILOVER + MARGIN);
    expect(seen.services.allDownMs).toBe(0);
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
  });
});
