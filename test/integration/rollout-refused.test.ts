import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { stopOutage } from '../../src/vrrp/timing.ts';
import { converge } from '../support/converge.ts';
import { expectExit, type HaprovResult, haprov, summaryOf } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { CLUSTERS, PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';
import { observe } from '../support/observe.ts';
import { recordOutage } from '../support/outage-record.ts';

const WEB = { hosts: PAIRS.web, vips: [VIPS.web] };
const CHECK = '/usr/libexec/keepalived/haprov-check-app';
/** What a busy machine adds to keepalived's own times, in milliseconds. */
const MARGIN = 1000;
/** From priority 0 of the holder whose check fails to the other member's taking over. */
const FAILOVER = stopOutage(100, { intervalSeconds: 1, version: 2 }).max;

describeOnLab('a rollout that must not go on', () => {
  let lab: Lab;
  let good: string;

  const holders = () => holdersOf(lab, PAIRS.web, VIPS.web);
  const files = () =>
    Promise.all(
      PAIRS.web.map((host) =>
        must(
          lab,
          host,
          `sha256sum /etc/keepalived/keepalived.conf ${CHECK}; systemctl show -p MainPID keepalived nginx`,
        ),
      ),
    );

  /** The pair with a check of its own beside that of nginx. */
  function withCheck(script: string): string {
    const track_script = {
      check_nginx: { interval: 2, timeout: 1, fall: 2, rise: 2 },
      check_app: { script: './check-app.sh', interval: 2, timeout: 1, weight: 0, fall: 2, rise: 2 },
    };
    const inventory = writeInventory(lab, { web: pair(PAIRS.web, 'nginx', 61, VIPS.web, { track_script }) });
    const file = join(dirname(inventory), 'check-app.sh');
    writeFileSync(file, `#!/bin/sh\n# The application's own check.\n${script}\n`);
    chmodSync(file, 0o755);
    return inventory;
  }

  /** Sees that what was there is there again, at work on the next apply of it. */
  async function expectOldState(before: readonly string[], inventory: string): Promise<void> {
    expect(await files()).toEqual(before);
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
  }

  /** The hosts that failed and were put back, by the summary's own word. */
  function putBackOf(result: HaprovResult): string[] {
    return Object.entries(summaryOf(result).hosts).flatMap(([host, { putBack }]) => (putBack === true ? [host] : []));
  }

  beforeAll(async () => {
    lab = await testLab(PAIRS.web);
    await converge(lab, ['web']);
    good = withCheck('exit 0');
    await expectExit(0, ['apply', good, '--yes']);
    await until(holders, ({ length }) => length === 1, 15_000);
  });

  afterAll(async () => {
    await expectExit(0, ['apply', writeInventory(lab, { web: CLUSTERS.web }), '--yes']);
  });

  it('activates nothing and loses no request where keepalived refuses the configuration, and says why', async () => {
    const before = await files();
    const bad = writeInventory(lab, {
      web: pair(PAIRS.web, 'nginx', 61, VIPS.web, { extra: ['garp_of_tomorrow 7'] }),
    });
    const seen = await observe(lab, WEB, () => haprov(['apply', bad, '--yes', '--json']));
    await recordOutage('refused', [seen]);
    expect(seen.result.code).toBe(1);
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, twoMs: 0, noneMs: 0 });
    expect(JSON.stringify(summaryOf(seen.result).hosts)).toMatch(/garp_of_tomorrow/);
    await expectOldState(before, good);
  });

  it('puts back a check script that fails on every host while the other member serves', async () => {
    const before = await files();
    const [holder = ''] = await holders();
    const other = PAIRS.web.filter((host) => host !== holder);
    const broken = withCheck('exit 1');
    const seen = await observe(lab, WEB, () => haprov(['apply', broken, '--yes', '--json']));
    await recordOutage('check-breaks', [seen]);
    expect(seen.result.code).toBe(1);
    expect(seen.client).toMatchObject({ failed: 0 });
    expect(seen.vips[0]).toMatchObject({ moves: 0, twoMs: 0, noneMs: 0 });
    expect(putBackOf(seen.result)).toEqual(other);
    expect(summaryOf(seen.result).hosts[holder]?.status).toBe('untouched');
    await expectOldState(before, good);
    const said = await haprov(['apply', broken, '--yes']);
    expect(said.stdout + said.stderr).toMatch(/reverted/i);
    expect(said.code).toBe(1);
    await expectOldState(before, good);
  });

  it('puts back a check script that fails on the holder alone, while the other member takes over', async () => {
    const before = await files();
    const [holder = ''] = await until(holders, ({ length }) => length === 1, 15_000);
    const broken = withCheck(`[ "$(uname -n)" != ${holder} ]`);
    const seen = await observe(lab, WEB, () => haprov(['apply', broken, '--yes', '--json']));
    await recordOutage('check-breaks-holder', [seen]);
    expect(seen.result.code).toBe(1);
    expect(seen.client.longestMs).toBeLessThanOrEqual(FAILOVER + MARGIN);
    expect(seen.vips[0]?.twoMs).toBe(0);
    expect(putBackOf(seen.result)).toEqual(expect.arrayContaining([holder]));
    await until(holders, ({ length }) => length === 1, 15_000);
    await expectExit(0, ['apply', good, '--yes']);
    await expectOldState(before, good);
  });
});
