import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { converge } from '../support/converge.ts';
import { changesOf, expectExit, planOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { CLUSTERS, PAIRS, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';
import { observe } from '../support/observe.ts';
import { recordOutage } from '../support/outage-record.ts';

/** Milliseconds without an answer, all outages together. */
const LIMIT = 1500;

const CASES = [
  { name: 'web', scenario: 'restart', what: 'a Debian pair' },
  { name: 'mix', scenario: 'restart-mixed', what: 'a pair of a Debian and an RPM-family host' },
] as const;

describeOnLab('a rollout of what only a restart takes', () => {
  let lab: Lab;
  let good: string;

  beforeAll(async () => {
    lab = await testLab([...PAIRS.web, ...PAIRS.mix]);
    good = await converge(lab, ['web', 'mix']);
    // The port of a service is its administrator's business; haprov opens VRRP alone.
    await must(lab, 'mix2', 'firewall-cmd -q --add-service=http');
  });

  afterAll(async () => {
    await expectExit(0, ['apply', good, '--yes']);
  });

  it.each(CASES)(
    'takes the VIP from its clients for 1.5 s at most, and never has both members down, on $what',
    async ({ name, scenario }) => {
      const hosts = PAIRS[name];
      const holders = () => holdersOf(lab, hosts, VIPS[name]);
      await until(holders, ({ length }) => length === 1, 15_000);
      const inventory = writeInventory(lab, { [name]: { ...CLUSTERS[name], keepalived: { log_detail: true } } });
      const plan = await planOf(inventory);
      for (const host of hosts) expect(changesOf(plan, host)).toContain('restart service keepalived');
      const seen = await observe(lab, { hosts, vips: [VIPS[name]] }, () =>
        expectExit(0, ['apply', inventory, '--yes']),
      );
      await recordOutage(scenario, [seen]);
      // It has been restarted on both, or nothing was shown.
      for (const host of hosts) expect(await must(lab, host, 'pgrep -ax keepalived')).toMatch(/ -D$/m);
      expect(seen.client.totalMs).toBeLessThanOrEqual(LIMIT);
      expect(seen.services.allDownMs).toBe(0);
      expect(await holders()).toHaveLength(1);
      await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
    },
  );
});
