import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import type { ApplyEvent } from '../../src/rollout/events.ts';
import { masterDown } from '../../src/vrrp/timing.ts';
import { AMOUNTS } from '../support/amounts.ts';
import { expectExit, startHaprov } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { EXTRA_VIP, VIPS } from '../support/lab-topology.ts';
import { observe, type Seen } from '../support/observe.ts';

const HOSTS = PAIRS.web;
/** One master-down interval of the slower member, and a second. */
const ALLOWED = masterDown(100, { intervalSeconds: 1, version: 2 }) + 1000;
/** By then each host has gone back by itself, and the election that follows is over. */
const SETTLED = 20_000;

/** What peers notice, so that all members have to take it at once: as keepalived goes on, and as it makes the instance anew. */
const CHANGES = {
  'another password': [{ auth_pass: 'labVrrp1' }, { auth_pass: 'labVrrp2' }],
  'one more VIP': [{}, { virtual_ipaddress: [`${VIPS.web}/24`, `${EXTRA_VIP}/24`] }],
  'another virtual_router_id': [{ virtual_router_id: 61 }, { virtual_router_id: 71 }],
} as const;

/** Whether a line of `apply --json` tells that a host has the new keepalived.conf. */
function isInPlace(line: string): boolean {
  const event: ApplyEvent = JSON.parse(line);
  return (
    event.event === 'change-end' && event.action === 'update' && event.target === '/etc/keepalived/keepalived.conf'
  );
}

describeOnLab('haprov killed while all members of a pair take a change together', () => {
  let lab: Lab;

  const inventory = (instance: object) =>
    writeInventory(lab, { web: pair(HOSTS, 'nginx', 61, VIPS.web, { nopreempt: false, ...instance }) });
  const conf = async () => {
    const sums = await Promise.all(
      HOSTS.map((host) =>
        must(lab, host, "sed '/priority/d; /router_id web/d; /web[12]/d' /etc/keepalived/keepalived.conf | sha256sum"),
      ),
    );
    return new Set(sums).size;
  };

  /** Kills it so many milliseconds after both members have the new file and before they are confirmed. */
  async function killed(file: string, ms: number): Promise<Seen> {
    return observe(lab, { hosts: HOSTS, vips: [VIPS.web] }, async () => {
      const run = startHaprov(['apply', file, '--yes', '--json']);
      await run.output((lines) => lines.filter(isInPlace).length >= HOSTS.length);
      await Promise.race([sleep(ms), run.ended]);
      run.signal('SIGKILL');
      await run.ended;
      await sleep(SETTLED);
    });
  }

  beforeAll(async () => {
    lab = await testLab(HOSTS);
  });

  it.each(Object.entries(CHANGES))(
    'leaves two holders for no longer than an election and a second, and the members agree: %s',
    async (_, [old, next]) => {
      for (let round = 0; round < AMOUNTS.killsTogether; round += 1) {
        await expectExit(0, ['apply', inventory(old), '--yes']);
        await until(
          () => holdersOf(lab, HOSTS, VIPS.web),
          ({ length }) => length === 1,
          15_000,
        );
        const ms = Math.round(((round + 0.5) / AMOUNTS.killsTogether) * 1500);
        const seen = await killed(inventory(next), ms);
        const [vip] = seen.vips;
        expect({ ms, twoMs: vip?.twoMs, ok: (vip?.twoMs ?? 0) <= ALLOWED }).toMatchObject({ ok: true });
        expect({ ms, noneMs: vip?.noneMs, ok: (vip?.noneMs ?? 0) <= 1500 }).toMatchObject({ ok: true });
        expect(await holdersOf(lab, HOSTS, VIPS.web)).toHaveLength(1);
        expect(await conf()).toBe(1);
        await expectExit(0, ['apply', inventory(next), '--yes']);
      }
    },
    900_000,
  );
});
