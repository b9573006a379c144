import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Lab } from '../../docker/lab-handle.ts';
import {
  eventsOf,
  expectExit,
  type HaprovProcess,
  type HaprovResult,
  haprov,
  startHaprov,
  summaryOf,
} from '../support/haprov.ts';
import { describeOnLab, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { CLUSTERS, PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { OWN_VIP, VIPS } from '../support/lab-topology.ts';
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

/** A pair that is told of it, and one whose haprov is killed: side by side, for a host waits a minute to be confirmed. */
const TOLD = { name: 'web', hosts: PAIRS.web, vip: VIPS.web, cluster: CLUSTERS.web } as const;
const OWN = ['own1', 'own2'] as const;
const KILLED = { name: 'own', hosts: OWN, vip: OWN_VIP, cluster: pair(OWN, 'nginx', 65, OWN_VIP) } as const;
type Sufferer = typeof TOLD | typeof KILLED;

/** What was seen of one apply that closes sshd's port. */
interface CutOff {
  readonly seen: Seen & { result: HaprovResult };
  /** The member that held the VIP, and the one that did not. */
  readonly holder: string;
  readonly other: string;
  /** Hosts that were closed while haprov was at work, and those that still are once the armed time is over. */
  readonly cut: readonly string[];
  readonly stillCut: readonly string[];
  readonly armedSeconds: number;
  /** plan, apply and plan once more, of what stood there before. */
  readonly plan: HaprovResult;
  readonly again: HaprovResult;
  readonly planAfter: HaprovResult;
}

/** How the host is to be told of: "put back", "puts it back". */
const PUT_BACK = /\bput(s|ting)? (\S+ ){0,6}back\b|\bputBack\b/i;

describeOnLab('a firewall change that cuts SSH off', () => {
  let lab: Lab;
  let told: CutOff;
  let killed: CutOff;

  async function cutOff({ name, hosts, vip, cluster }: Sufferer, once: (run: HaprovProcess) => void): Promise<CutOff> {
    const good = writeInventory(lab, { [name]: cluster });
    await expectExit(0, ['apply', good, '--yes']);
    const cutting = writeInventory(lab, { [name]: { ...cluster, playbook: './cut-off.yaml' } });
    writeFileSync(join(dirname(cutting), 'cut-off.yaml'), stringify(PLAYBOOK));
    const closed = async (): Promise<string[]> => {
      const codes = await Promise.all(hosts.map((host) => lab.exec(host, `iptables -C ${RULE.join(' ')}`)));
      return hosts.filter((_, index) => codes[index]?.code === 0);
    };
    const holders = () => holdersOf(lab, hosts, vip);
    const [holder = ''] = await until(holders, ({ length }) => length === 1, 15_000);
    let cut: string[] = [];
    let armedSeconds = 0;
    let stillCut: string[] = [];
    const seen = await observe(lab, { hosts, vips: [vip] }, async () => {
      const run = startHaprov(['apply', cutting, '--yes', '--json']);
      cut = await until(closed, ({ length }) => length > 0, 60_000);
      once(run);
      const result = await run.ended;
      const armed = eventsOf(result).find((event) => event.event === 'armed');
      armedSeconds = armed?.event === 'armed' ? armed.seconds : 0;
      stillCut = await until(closed, ({ length }) => length === 0, (armedSeconds + 10) * 1000);
      return result;
    });
    const plan = await haprov(['plan', good]);
    const again = await haprov(['apply', good, '--yes']);
    const planAfter = await haprov(['plan', good, '--detailed-exitcode']);
    const other = hosts.find((host) => host !== holder) ?? '';
    return { seen, holder, other, cut, stillCut, armedSeconds, plan, again, planAfter };
  }

  beforeAll(async () => {
    lab = await testLab([...TOLD.hosts, ...KILLED.hosts]);
    [told, killed] = await Promise.all([cutOff(TOLD, () => undefined), cutOff(KILLED, (run) => run.signal('SIGKILL'))]);
    await recordOutage('cut-off', [told.seen]);
    await recordOutage('cut-off-killed', [killed.seen], `armed for ${killed.armedSeconds} s`);
  });

  it('cuts off the member that does not hold the VIP, and goes no further', () => {
    for (const { cut, other, holder } of [told, killed]) {
      expect(cut).toEqual([other]);
      expect(cut).not.toContain(holder);
    }
    expect(summaryOf(told.seen.result).hosts[told.holder]?.status).toBe('untouched');
  });

  it('is put back within the armed time, whether haprov lives or not', () => {
    for (const { armedSeconds, stillCut } of [told, killed]) {
      expect(armedSeconds).toBeGreaterThan(0);
      expect(stillCut).toEqual([]);
    }
  });

  it('fails, and the summary says that it was put back', () => {
    expect(told.seen.result.code).toBe(1);
    const outcome = summaryOf(told.seen.result).hosts[told.other];
    expect(outcome).toMatchObject({ status: 'failed' });
    expect(JSON.stringify(outcome)).toMatch(PUT_BACK);
  });

  it('loses no request, since the other member serves throughout', () => {
    for (const { seen } of [told, killed]) {
      expect(seen.client).toMatchObject({ failed: 0 });
      expect(seen.vips[0]).toMatchObject({ moves: 0, twoMs: 0, noneMs: 0 });
    }
  });

  it('is told by the next plan where nobody was there to be told, until an apply has been confirmed', () => {
    expect(killed.seen.result.signal).toBe('SIGKILL');
    expect(killed.plan.stdout + killed.plan.stderr).toMatch(PUT_BACK);
    expect(killed.plan.stdout + killed.plan.stderr).toContain(killed.other);
    for (const { again, planAfter } of [told, killed]) expect([again.code, planAfter.code]).toEqual([0, 0]);
  });
});
