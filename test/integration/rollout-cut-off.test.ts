import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Lab } from '../../docker/lab-handle.ts';
import { converge } from '../support/converge.ts';
import { eventsOf, expectExit, type HaprovResult, haprov, summaryOf } from '../support/haprov.ts';
import { describeOnLab, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { CLUSTERS, PAIRS, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';
import { observe, type Seen } from '../support/observe.ts';
import { recordOutage } from '../support/outage-record.ts';

/** New connections to sshd get no answer; those that stand go on. */
const RULE = ['INPUT', '-p', 'tcp', '--dport', '22', '--syn', '-j', 'DROP'];
const PLAYBOOK = {
  name: 'a firewall change of the user',
  tasks: [
    {
      name: 'Close what nobody needs',
      command: { argv: ['iptables', '-I', ...RULE], unless: `iptables -C ${RULE.join(' ')}` },
    },
  ],
};

describeOnLab('a firewall change that cuts SSH off', () => {
  let lab: Lab;
  let good: string;
  let holder: string;
  let other: string;
  let seen: Seen & { result: HaprovResult };
  let armedSeconds: number;
  /** Hosts that were cut off while haprov was at work. */
  let cut: string[];
  /** Whether each host is closed once haprov has ended and the armed time is over. */
  let stillCut: string[];
  let plan: HaprovResult;
  let again: HaprovResult;
  let planAfter: HaprovResult;

  const closed = async (): Promise<string[]> => {
    const codes = await Promise.all(PAIRS.web.map((host) => lab.exec(host, `iptables -C ${RULE.join(' ')}`)));
    return PAIRS.web.filter((_, index) => codes[index]?.code === 0);
  };

  beforeAll(async () => {
    lab = await testLab();
    good = await converge(lab, ['web']);
    const holders = () => holdersOf(lab, PAIRS.web, VIPS.web);
    [holder = ''] = await until(holders, ({ length }) => length === 1, 15_000);
    other = PAIRS.web.find((host) => host !== holder) ?? '';
    const inventory = writeInventory(lab, { web: { ...CLUSTERS.web, playbook: './cut-off.yaml' } });
    writeFileSync(join(dirname(inventory), 'cut-off.yaml'), stringify(PLAYBOOK));
    seen = await observe(lab, { hosts: PAIRS.web, vips: [VIPS.web] }, async () => {
      const run = haprov(['apply', inventory, '--yes', '--json']);
      cut = await until(closed, ({ length }) => length > 0, 60_000);
      return run;
    });
    const armed = eventsOf(seen.result).find((event) => event.event === 'armed');
    armedSeconds = armed?.event === 'armed' ? armed.seconds : 0;
    stillCut = await until(closed, ({ length }) => length === 0, (armedSeconds + 10) * 1000);
    await recordOutage('cut-off', [seen], `put back after ${armedSeconds} s at the latest`);
    plan = await haprov(['plan', good]);
    again = await haprov(['apply', good, '--yes']);
    planAfter = await haprov(['plan', good]);
  });

  afterAll(async () => {
    for (const host of PAIRS.web) {
      await lab.exec(host, `while iptables -D ${RULE.join(' ')} 2>/dev/null; do :; done`);
    }
    await expectExit(0, ['apply', good, '--yes']);
  });

  it('cuts one host off, the one that does not hold the VIP, and goes no further', () => {
    expect(cut).toEqual([other]);
    expect(summaryOf(seen.result).hosts[holder]?.status).toBe('untouched');
  });

  it('is put back by the host itself within the armed time', () => {
    expect(armedSeconds).toBeGreaterThan(0);
    expect(stillCut).toEqual([]);
  });

  it('fails, and says that the host put it back', () => {
    expect(seen.result.code).toBe(1);
    expect(summaryOf(seen.result).hosts[other]).toMatchObject({ status: 'failed' });
    expect(JSON.stringify(summaryOf(seen.result).hosts[other])).toMatch(/put(s|ting)? (\S+ )?back|putBack/i);
  });

  it('loses no request, since the other member serves throughout', () => {
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, twoMs: 0, noneMs: 0 });
  });

  it('is told by the next plan, until an apply has been confirmed', () => {
    expect(plan.stdout + plan.stderr).toMatch(/put(s)? (\S+ )?back/i);
    expect(plan.stdout + plan.stderr).toContain(other);
    expect(again.code).toBe(0);
    expect(planAfter.code).toBe(0);
  });
});
