import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { masterDown } from '../../src/vrrp/timing.ts';
import { converge } from '../support/converge.ts';
import { changesOf, expectExit, planOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { EXTRA_VIP, VIPS } from '../support/lab-topology.ts';
import { observe, type Seen } from '../support/observe.ts';
import { recordOutage } from '../support/outage-record.ts';
import type { ScenarioName } from '../support/scenarios.ts';

/** How long the slower member of the pair waits before it takes a VIP that nobody advertises: 3.61 s. */
const MASTER_DOWN = masterDown(100, { intervalSeconds: 1, version: 2 });

describeOnLab('a rollout of what a reload takes', () => {
  let lab: Lab;
  let good: string;

  const pids = () =>
    Promise.all(PAIRS.web.map((host) => must(lab, host, 'systemctl show -p MainPID keepalived nginx')));

  /** Applies other settings of the instance while the first VIP is asked, and sees that the plan is empty afterwards. */
  async function roll(name: ScenarioName, instance: object): Promise<Seen> {
    const holders = () => holdersOf(lab, PAIRS.web, VIPS.web);
    await until(holders, ({ length }) => length === 1, 15_000);
    const inventory = writeInventory(lab, { web: pair(PAIRS.web, 'nginx', 61, VIPS.web, instance) });
    const plan = await planOf(inventory);
    for (const host of PAIRS.web) {
      expect(changesOf(plan, host)).toEqual(['update /etc/keepalived/keepalived.conf', 'reload service keepalived']);
    }
    const before = await pids();
    const seen = await observe(lab, { hosts: PAIRS.web, vips: [VIPS.web, EXTRA_VIP] }, () =>
      expectExit(0, ['apply', inventory, '--yes']),
    );
    await recordOutage(name, [seen]);
    expect(await pids()).toEqual(before);
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
    return seen;
  }

  beforeAll(async () => {
    lab = await testLab(PAIRS.web);
    good = await converge(lab, ['web']);
  });

  afterAll(async () => {
    await expectExit(0, ['apply', good, '--yes']);
  });

  it('loses no request while there is nothing to do', async () => {
    const seen = await observe(lab, { hosts: PAIRS.web, vips: [VIPS.web] }, () =>
      expectExit(0, ['apply', good, '--yes']),
    );
    await recordOutage('nothing', [seen]);
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, twoMs: 0, noneMs: 0 });
    expect([...seen.services.down.values()].flat()).toEqual([]);
  });

  it('loses no request, and leaves the VIP where it is, for a new priority', async () => {
    const seen = await roll('priority', { priority: { web1: 160, web2: 110 } });
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, twoMs: 0, noneMs: 0 });
    expect([...seen.services.down.values()].flat()).toEqual([]);
  });

  it("loses no request, and leaves the VIP where it is, for a check's new interval", async () => {
    const seen = await roll('check', { track_script: { check_nginx: { interval: 3, timeout: 1, fall: 2, rise: 2 } } });
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, twoMs: 0, noneMs: 0 });
  });

  it('loses no request to the old VIP when another one is added, and has two holders for one master-down interval at most', async () => {
    await expectExit(0, ['apply', good, '--yes']);
    const seen = await roll('vip', { virtual_ipaddress: [`${VIPS.web}/24`, `${EXTRA_VIP}/24`] });
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, noneMs: 0 });
    for (const { vip, twoMs } of seen.vips)
      expect({ vip, ok: twoMs <= MASTER_DOWN, twoMs }).toMatchObject({ ok: true });
    const [holders, added] = await Promise.all([VIPS.web, EXTRA_VIP].map((vip) => holdersOf(lab, PAIRS.web, vip)));
    expect(holders).toHaveLength(1);
    expect(added).toEqual(holders);
  });

  it('loses no request when auth_pass changes, and has two holders for one master-down interval at most', async () => {
    await expectExit(0, ['apply', good, '--yes']);
    const seen = await roll('auth', { auth_pass: 'labVrrp2' });
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]?.twoMs).toBeLessThanOrEqual(MASTER_DOWN);
    expect(await holdersOf(lab, PAIRS.web, VIPS.web)).toHaveLength(1);
  });
});
