import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import type { DrillJson } from '../../src/ui/drill/json.ts';
import { converge } from '../support/converge.ts';
import { FULL } from '../support/full.ts';
import { expectExit, type HaprovProcess, haprov, startHaprov } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { addressOf, CLUSTERS, PAIRS, type RawCluster, writeInventory } from '../support/lab-inventory.ts';
import { OWN_VIP, VIPS } from '../support/lab-topology.ts';
import { recordMeasured } from '../support/measured.ts';

/** What a busy machine adds to keepalived's own times, in milliseconds. */
const MARGIN = 4000;

/** Everything that a drill may leave on a host, if it left something. */
const TRACES = `ls /run/haprov-drill/armed /run/systemd/system/*.d/zz-haprov-drill.conf 2>/dev/null
iptables-save 2>/dev/null | grep haprov-drill
nft list tables 2>/dev/null | grep haprov_drill
systemctl is-active nginx keepalived | grep -v '^active$'
:`;

describeOnLab('a drill', () => {
  let lab: Lab;
  let inventory: string;
  let dir: string;

  const traces = async () => (await Promise.all(PAIRS.web.map((host) => must(lab, host, TRACES)))).join('');
  const holders = () => holdersOf(lab, PAIRS.web, VIPS.web);
  /** A drill that has just made its fault. Where this process did not see it before the host healed itself: one more. */
  const broken = async (scenario: string, mark: string, more: readonly string[] = []): Promise<HaprovProcess> => {
    const args = ['drill', inventory, '--scenario', scenario, '--max-outage', '1m', '--yes', ...more];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const process = startHaprov(args, { env: { HAPROV_DRILL_HEAL_SECONDS: '5' } });
      // The head, the forecast, the terms, the scenario, and then the fault.
      await process.printed(5);
      if ((await traces()) !== '') return process;
      process.signal('SIGINT');
      await process.ended;
    }
    throw new Error(`${mark}: no fault was seen`);
  };

  beforeAll(async () => {
    lab = await testLab([...PAIRS.web, ...(FULL ? [...PAIRS.mix, ...THREE] : [])]);
    inventory = await converge(lab, ['web']);
    dir = await mkdtemp(join(tmpdir(), 'haprov-drill-'));
  });

  afterAll(async () => {
    for (const host of PAIRS.web) await must(lab, host, 'systemctl start nginx keepalived');
  });

  it('measures a service that stops, a crash and a split brain, each beside its prediction, and leaves nothing behind', async () => {
    const files = { report: join(dir, 'drill.html'), junit: join(dir, 'drill.xml') };
    const args = ['--scenario', 'service,crash,isolate', '--report', files.report, '--junit', files.junit];
    const { stdout } = await expectExit(0, ['drill', inventory, ...args, '--max-outage', '1m', '--yes', '--json']);
    const report: DrillJson = JSON.parse(stdout);
    expect(report.scenarios.map(({ name }) => name)).toEqual(['service', 'crash', 'isolate']);
    expect(report).toMatchObject({ passed: 3, failed: 0, skipped: [], leftovers: [] });
    for (const { name, outage_ms, predicted_ms, failed_requests } of report.scenarios) {
      expect(outage_ms, name).toBeLessThan((predicted_ms?.max ?? 0) + MARGIN);
      if (name !== 'service') continue;
      expect(outage_ms).toBeGreaterThan((predicted_ms?.min ?? 0) - 500);
      expect(failed_requests).toBeGreaterThan(0);
    }
    const [service, crash, isolate] = report.scenarios;
    expect(service?.holders).toEqual([service?.predicted_holder]);
    expect(crash?.two_holders_ms).toBeGreaterThan(0);
    expect(isolate?.two_holders_ms).toBeGreaterThan(0);
    expect(isolate?.notes.join(' ')).toContain('they do not hear each other');
    expect(await traces()).toBe('');
    expect(await readFile(files.report, 'utf8')).toContain('isolate');
    expect(await readFile(files.junit, 'utf8')).toContain('testcase');
    await expectExit(0, ['plan', inventory, '--detailed-exitcode']);
  });

  it.each([
    ['service', 'nginx stopped'],
    ['crash', 'keepalived killed'],
    ['isolate', 'VRRP is dropped'],
  ])('leaves hosts that put themselves right when haprov is killed in the middle of %s', async (scenario, mark) => {
    const drill = await broken(scenario, mark);
    drill.signal('SIGKILL');
    expect((await drill.ended).stdout).toContain(mark);
    expect(await until(traces, (left) => left === '', 60_000)).toBe('');
    expect(await until(holders, ({ length }) => length === 1, 20_000)).toHaveLength(1);
    const ok = await until(
      () => haprov(['status', inventory]),
      ({ code }) => code === 0,
      30_000,
    );
    expect(ok.code, ok.stdout).toBe(0);
  });

  it('puts right before it ends when it is interrupted, and writes its report all the same', async () => {
    const file = join(dir, 'interrupted.html');
    const drill = await broken('service', 'nginx stopped', ['--report', file]);
    drill.signal('SIGINT');
    expect((await drill.ended).code).toBe(130);
    expect(await traces()).toBe('');
    expect(await readFile(file, 'utf8')).toContain('Interrupted');
    expect(await until(holders, ({ length }) => length === 1, 20_000)).toHaveLength(1);
  });

  describe.runIf(FULL)('on every kind of cluster', () => {
    /** A better host takes the VIP back here, as keepalived does by default. */
    const three = {
      service: 'nginx',
      hosts: Object.fromEntries(THREE.map((host) => [host, addressOf(host)])),
      vrrp_instances: {
        VI_1: {
          virtual_router_id: 66,
          interface: 'eth0',
          priority: { own1: 200, own2: 150, bare1: 100 },
          virtual_ipaddress: [`${OWN_VIP}/24`],
        },
      },
    };

    it('plays every scenario on a Debian pair, a mixed pair and three hosts, each near its prediction', async () => {
      const file = writeInventory(lab, { web: CLUSTERS.web, mix: CLUSTERS.mix, tri: three });
      await expectExit(0, ['apply', file, '--yes']);
      await must(lab, 'mix2', 'firewall-cmd -q --add-service=http');
      const { stdout } = await haprov(['drill', file, '--yes', '--json']);
      const report: DrillJson = JSON.parse(stdout);
      for (const one of report.scenarios) {
        const range = one.predicted_ms === null ? 'FOREVER' : `${one.predicted_ms.min}-${one.predicted_ms.max}`;
        await recordMeasured(`drill ${one.name} on ${one.cluster}`, `${one.outage_ms} of ${range} ms predicted`);
      }
      expect(report).toMatchObject({ failed: 0, skipped: [], leftovers: [] });
      expect(report.scenarios).toHaveLength(15);
      expect(report.scenarios.filter(({ notes }) => notes.some((text) => text.includes('than predicted')))).toEqual([]);
    }, 900_000);

    it("fails the widespread tutorial's set-up, and says why", async () => {
      const [first, second] = ['own1', 'own2'] as const;
      await must(lab, 'bare1', 'systemctl stop keepalived');
      for (const [host, priority, preempt] of [
        [first, 100, 'preempt'],
        [second, 90, 'nopreempt'],
      ] as const) {
        await must(lab, host, tutorialScript(priority, preempt));
      }
      const file = writeInventory(lab, { web: tutorialCluster(first, second) });
      await until(
        () => holdersOf(lab, [first, second], OWN_VIP),
        ([holder]) => holder === first,
        20_000,
      );
      const { code, stdout } = await haprov(['drill', file, '--scenario', 'service', '--force', '--yes', '--json']);
      expect(code).toBe(1);
      const report: DrillJson = JSON.parse(stdout);
      expect(report.scenarios).toMatchObject([
        { name: 'service', passed: false, predicted_ms: null, holders: [first] },
      ]);
      expect(report.scenarios[0]?.findings.join(' ')).toContain('nopreempt keeps own2 from taking it');
    }, 300_000);
  });
});

const THREE = ['own1', 'own2', 'bare1'] as const;

/** The tutorial's keepalived.conf, as its readers write it by hand. */
function tutorialScript(priority: number, preempt: 'preempt' | 'nopreempt'): string {
  return `systemctl stop keepalived
cat >/etc/keepalived/check_nginx.sh <<'END'
#!/bin/sh
curl -sf -o /dev/null -m 4 http://127.0.0.1/ || exit 1
END
chmod 755 /etc/keepalived/check_nginx.sh
cat >/etc/keepalived/keepalived.conf <<'END'
global_defs {
  script_user root
  enable_script_security
}
vrrp_script check_nginx {
  script "/etc/keepalived/check_nginx.sh"
  interval 2
  weight -20
  fall 2
  rise 2
  timeout 5
}
vrrp_instance VI_1 {
  state ${preempt === 'preempt' ? 'MASTER' : 'BACKUP'}
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  ${preempt}
  authentication {
    auth_type PASS
    auth_pass secret123
  }
  virtual_ipaddress {
    ${OWN_VIP}/24 dev eth0 label eth0:1
  }
  track_script {
    check_nginx
  }
}
END
systemctl start keepalived nginx`;
}

/** inventory/tutorial.yaml on the lab's hosts. */
function tutorialCluster(first: string, second: string): RawCluster {
  const check = { interval: 2, weight: -20, fall: 2, rise: 2, timeout: 5, url: 'http://127.0.0.1/health' };
  return {
    service: 'nginx',
    hosts: { [first]: addressOf(first), [second]: addressOf(second) },
    vrrp_instances: {
      VI_1: {
        state: { [first]: 'MASTER', [second]: 'BACKUP' },
        interface: 'eth0',
        virtual_router_id: 51,
        priority: { [first]: 100, [second]: 90 },
        advert_int: 1,
        preempt: { [first]: true },
        nopreempt: { [second]: true },
        auth_pass: 'secret123',
        virtual_ipaddress: [`${OWN_VIP}/24 dev eth0 label eth0:1`],
        track_script: { check_nginx: check },
      },
    },
  };
}
