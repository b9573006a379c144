import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { converge } from '../support/converge.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { PAIRS } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';
import { observe } from '../support/observe.ts';

const WEB = { hosts: PAIRS.web, vips: [VIPS.web] };
/** What a busy machine may add to or take from a time, in milliseconds, besides the time in which it stood still. */
const SLACK = 400;
/** Waits a second on a host, in steps: a machine that stands still takes one of them, and the others are there to be seen. */
const SECOND = 'for step in $(seq 20); do sleep 0.05; done';
/** The same in this process, which looks at the services in each step. */
const pause = async (ms: number): Promise<void> => {
  for (let past = 0; past < ms; past += 25) await sleep(25);
};
/** The milliseconds between two lines of `date +%s%3N`. */
const between = (printed: string): number => {
  const [from = 0, to = 0] = printed.trim().split('\n').map(Number);
  return to - from;
};

describeOnLab('the harness that watches a rollout', () => {
  let lab: Lab;
  const holders = () => holdersOf(lab, PAIRS.web, VIPS.web);

  async function holderAndOther(): Promise<readonly [string, string]> {
    const [holder = ''] = await until(holders, ({ length }) => length === 1, 15_000);
    return [holder, PAIRS.web.find((host) => host !== holder) ?? ''];
  }

  beforeAll(async () => {
    lab = await testLab(PAIRS.web);
    await converge(lab, ['web']);
  });

  afterAll(async () => {
    for (const host of PAIRS.web) await must(lab, host, 'systemctl start nginx keepalived');
  });

  it('sees nothing where nothing happens', async () => {
    const [holder] = await holderAndOther();
    const seen = await observe(lab, WEB, () => pause(3000));
    expect(seen.client).toMatchObject({ failed: 0, longestMs: 0, totalMs: 0, outages: [] });
    expect(seen.client.requests).toBeGreaterThan(60);
    expect(seen.vips[0]).toMatchObject({ twoMs: 0, noneMs: 0, moves: 0 });
    expect(seen.vips[0]?.held.get(holder)).toHaveLength(1);
    expect(seen.services.allDownMs).toBe(0);
    expect([...seen.services.down.values()].flat()).toEqual([]);
  });

  it('sees for how long the VIP answers nobody, and that it does so once', async () => {
    const [holder] = await holderAndOther();
    // Its rule drops what the client sends, and leaves VRRP alone.
    const rule = `INPUT -d ${VIPS.web} -p tcp --dport 80 -j DROP`;
    const seen = await observe(lab, WEB, async () => {
      const script = `date +%s%3N; iptables -I ${rule}; ${SECOND}; iptables -D ${rule}; date +%s%3N`;
      return between(await must(lab, holder, script));
    });
    expect(seen.client.outages).toHaveLength(1);
    expect(seen.client.outages[0]?.errors).toEqual(['timeout']);
    expect(seen.client.failed).toBeGreaterThan(10);
    expect(seen.client.longestMs).toBeGreaterThan(1000 - SLACK);
    expect(seen.client.longestMs).toBeLessThan(seen.result + SLACK + seen.client.blindMs);
    expect(seen.vips[0]).toMatchObject({ twoMs: 0, noneMs: 0, moves: 0 });
  });

  it('sees that nobody holds the VIP, for how long, and who takes it', async () => {
    const [holder, other] = await holderAndOther();
    const seen = await observe(lab, WEB, async () => {
      await must(lab, holder, 'systemctl stop keepalived');
      await until(holders, ([now]) => now === other, 15_000);
    });
    expect(seen.vips[0]?.moves).toBe(1);
    // The skew of the member that takes over: 0.41 or 0.61 s.
    expect(seen.vips[0]?.noneMs).toBeGreaterThan(300);
    expect(seen.vips[0]?.twoMs).toBe(0);
    expect(seen.client.outages).toHaveLength(1);
    expect(Math.abs(seen.client.longestMs - (seen.vips[0]?.noneMs ?? 0))).toBeLessThan(
      SLACK + 200 + seen.client.blindMs,
    );
    expect(seen.services.down.get(holder)).toHaveLength(1);
    expect(seen.services.down.get(other)).toEqual([]);
    expect(seen.services.allDownMs).toBe(0);
    await must(lab, holder, 'systemctl start keepalived');
  });

  it('sees two holders, for as long as there are two', async () => {
    const [, other] = await holderAndOther();
    const seen = await observe(lab, WEB, async () => {
      const address = `${VIPS.web}/32 dev lo`;
      const script = `date +%s%3N; ip addr add ${address}; sleep 0.7; ip addr del ${address}; date +%s%3N`;
      return between(await must(lab, other, script));
    });
    expect(seen.vips[0]?.twoMs).toBeGreaterThan(600);
    expect(seen.vips[0]?.twoMs).toBeLessThan(seen.result + SLACK);
    expect(seen.vips[0]?.noneMs).toBe(0);
  });

  it('sees that both members are out of service at once', async () => {
    const [holder, other] = await holderAndOther();
    const seen = await observe(lab, WEB, async () => {
      await must(lab, other, 'systemctl stop nginx');
      await must(lab, holder, 'systemctl stop keepalived');
      await pause(500);
      await must(lab, holder, 'systemctl start keepalived');
      await must(lab, other, 'systemctl start nginx');
    });
    for (const host of [holder, other]) expect(seen.services.down.get(host)).not.toEqual([]);
    expect(seen.services.allDownMs).toBeGreaterThan(300);
  });
});
