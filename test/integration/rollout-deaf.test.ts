import { beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { masterDown } from '../../src/vrrp/timing.ts';
import { AMOUNTS } from '../support/amounts.ts';
import { FULL } from '../support/full.ts';
import { expectExit, haprov, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';

const HOSTS = PAIRS.web;
/** After which a member that hears nothing has become a second master. */
const LATE = masterDown(1, { intervalSeconds: 1, version: 2 }) + 1000;

/** What a network that passes no such packets does, ahead of all rules that let them in. */
const DROPS = {
  multicast: '-p 112 -d 224.0.0.18 -j DROP',
  unicast: '-p 112 ! -d 224.0.0.18 -j DROP',
} as const;
type Way = keyof typeof DROPS;

describeOnLab('a pair whose members do not hear each other', () => {
  let lab: Lab;

  const holders = () => holdersOf(lab, HOSTS, VIPS.web);
  const inventory = (way: Way) =>
    writeInventory(lab, { web: pair(HOSTS, 'nginx', 61, VIPS.web, { unicast: way === 'unicast' }) });
  const onBoth = (script: string) => Promise.all(HOSTS.map((host) => must(lab, host, script)));
  const deafen = (way: Way) => onBoth(`iptables -w -t raw -I PREROUTING ${DROPS[way]}`);
  const hear = () => onBoth('iptables -w -t raw -F PREROUTING');
  const conf = () => onBoth('sha256sum /etc/keepalived/keepalived.conf 2>/dev/null || :');

  beforeAll(async () => {
    lab = await testLab(HOSTS);
  });

  describe.each(Array.from({ length: AMOUNTS.deaf }, (_, round) => round + 1))('round %i', () => {
    it.each<Way>(FULL ? ['multicast', 'unicast'] : ['multicast'])(
      'is not confirmed as a first apply over %s',
      async (way) => {
        await expectExit(0, ['remove', inventory(way), '--yes']);
        await deafen(way);
        try {
          const result = await haprov(['apply', inventory(way), '--yes', '--json']);
          expect(result.code).toBe(1);
          for (const host of HOSTS) expect(summaryOf(result).hosts[host]).toMatchObject({ putBack: true });
          expect(JSON.stringify(summaryOf(result).hosts)).toContain(`${VIPS.web} is held by web1 and web2 at once`);
          expect(await holders()).toEqual([]);
          for (const host of HOSTS) expect((await lab.exec(host, 'systemctl is-active keepalived')).code).not.toBe(0);
        } finally {
          await hear();
        }
      },
    );

    it.each<[Way, Way]>(
      FULL
        ? [
            ['unicast', 'multicast'],
            ['multicast', 'unicast'],
          ]
        : [['multicast', 'unicast']],
    )('is put back when a healthy pair changes from %s to %s', async (from, to) => {
      await expectExit(0, ['apply', inventory(from), '--yes']);
      await until(holders, ({ length }) => length === 1, 15_000);
      const before = await conf();
      await deafen(to);
      try {
        const result = await haprov(['apply', inventory(to), '--yes', '--json']);
        expect(result.code).toBe(1);
        for (const host of HOSTS) expect(summaryOf(result).hosts[host]).toMatchObject({ putBack: true });
        expect(await conf()).toEqual(before);
        const one = await until(holders, ({ length }) => length === 1, LATE);
        expect(one).toHaveLength(1);
        await new Promise((resolve) => setTimeout(resolve, LATE));
        expect(await holders()).toHaveLength(1);
        await expectExit(0, ['plan', inventory(from), '--detailed-exitcode']);
      } finally {
        await hear();
      }
    });
  });
});
