import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { faultOutage } from '../../src/vrrp/timing.ts';
import { converge } from '../support/converge.ts';
import { changesOf, expectExit, planOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, httpStatus, until } from '../support/lab-facts.ts';
import { PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';
import { startRequests } from '../support/requests.ts';

/** What a busy machine adds to keepalived's own times, in milliseconds. */
const MARGIN = 4000;
const URL = `http://${VIPS.web}/`;

describeOnLab('a pair at work', () => {
  let lab: Lab;
  let inventory: string;

  const holders = () => holdersOf(lab, PAIRS.web, VIPS.web);
  const pid = (host: string) => must(lab, host, 'systemctl show -p MainPID --value keepalived');

  beforeAll(async () => {
    lab = await testLab([...PAIRS.web, 'client']);
    inventory = await converge(lab, ['web']);
  });

  afterAll(async () => {
    for (const host of PAIRS.web) await must(lab, host, 'systemctl start nginx keepalived');
  });

  it('reloads keepalived for a new priority: the same process, the same holder, no request lost', async () => {
    const before = await Promise.all(PAIRS.web.map(pid));
    const holder = await holders();
    const changed = writeInventory(lab, {
      web: pair(PAIRS.web, 'nginx', 61, VIPS.web, { priority: { web1: 160, web2: 110 } }),
    });
    const plan = await planOf(changed);
    for (const host of PAIRS.web) {
      expect(changesOf(plan, host)).toEqual(['update /etc/keepalived/keepalived.conf', 'reload service keepalived']);
    }
    const requests = await startRequests(lab, URL);
    await expectExit(0, ['apply', changed, '--yes']);
    const seen = await requests.stop();
    expect(seen.total).toBeGreaterThan(20);
    expect(seen.failed).toBe(0);
    expect(await Promise.all(PAIRS.web.map(pid))).toEqual(before);
    expect(await holders()).toEqual(holder);
    await expectExit(0, ['apply', inventory, '--yes']);
  });

  it('moves the VIP within the predicted time when nginx stops on its holder, and leaves it there afterwards', async () => {
    const [holder = ''] = await until(holders, ({ length }) => length === 1, 10_000);
    const other = PAIRS.web.find((host) => host !== holder) ?? '';
    const taker = other === 'web1' ? 150 : 100;
    const predicted = faultOutage(taker, { intervalSeconds: 1, version: 2 }, { interval: 2, timeout: 1, fall: 2 });
    const requests = await startRequests(lab, URL);
    await must(lab, holder, 'systemctl stop nginx');
    expect(await until(holders, (found) => found.join() === other, predicted.max + MARGIN)).toEqual([other]);
    expect(
      await until(
        () => httpStatus(lab, VIPS.web),
        (status) => status === '200',
        5000,
      ),
    ).toBe('200');
    const seen = await requests.stop();
    expect(seen.failed).toBeGreaterThan(0);
    expect(seen.gapMs).toBeLessThan(predicted.max + MARGIN);

    await must(lab, holder, 'systemctl start nginx');
    const back = await until(holders, ([now]) => now === holder, 9000);
    expect(back).toEqual([other]);
  });

  it('brings back a crashed nginx before the VIP moves', async () => {
    const [holder = ''] = await holders();
    const restarts = () => must(lab, holder, 'systemctl show -p NRestarts --value nginx');
    const before = await restarts();
    await must(lab, holder, 'systemctl kill -s KILL nginx');
    // Until systemd has noticed, the dead one is active as well.
    expect(await until(restarts, (now) => now !== before, 10_000)).not.toBe(before);
    const state = () => must(lab, holder, 'systemctl is-active nginx || true');
    expect(await until(state, (now) => now === 'active\n', 10_000)).toBe('active\n');
    expect(await holders()).toEqual([holder]);
  });

  it('stands again after a host lost its power: rules, settings and services', async () => {
    const [holder = ''] = await holders();
    await lab.power(holder, 'off');
    const other = PAIRS.web.filter((host) => host !== holder);
    expect(
      await until(
        () => holdersOf(lab, other, VIPS.web),
        ({ length }) => length === 1,
        15_000,
      ),
    ).toEqual(other);
    await lab.power(holder, 'on');
    await must(lab, holder, 'systemctl is-active nginx keepalived haprov-firewall');
    expect(await must(lab, holder, 'iptables -S INPUT | grep "^-A" | head -n 1')).toContain(
      '-d 224.0.0.18/32 -i eth0 -p vrrp -j ACCEPT',
    );
    expect(await must(lab, holder, 'sysctl -n net.ipv4.ip_nonlocal_bind')).toBe('1\n');
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
    expect(await until(holders, ({ length }) => length === 1, 15_000)).toHaveLength(1);
  });
});
