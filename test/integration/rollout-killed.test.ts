import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { crashOutage } from '../../src/vrrp/timing.ts';
import { AMOUNTS } from '../support/amounts.ts';
import { eventsOf, expectExit, type HaprovResult, timesOf } from '../support/haprov.ts';
import { deal, type Kill, killHaprov, type Moment, momentAt, spreadMoments } from '../support/kill-moments.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { CLUSTERS, pair, writeInventory } from '../support/lab-inventory.ts';
import { OWN_VIP, TEST_TOPOLOGY, VIPS } from '../support/lab-topology.ts';
import { recordMeasured } from '../support/measured.ts';
import { observe, type Seen } from '../support/observe.ts';
import { recordOutage } from '../support/outage-record.ts';

/** Kills at spread moments, all pairs together; each pair has one more at a moment of its own. */
const KILLS = AMOUNTS.kills;
/** One failover, at worst the one after a crash, by the slower member of a pair: 3.61 s. */
const FAILOVER = crashOutage(100, { intervalSeconds: 1, version: 2 }).max;
/** What a busy machine adds to keepalived's own times, in milliseconds. */
const MARGIN = 1000;

/** Four pairs suffer side by side: Debian, Debian and RPM family, behind the jump host, and a Debian one made for it. */
const SUFFERERS = [
  { name: 'web', hosts: ['web1', 'web2'], vip: VIPS.web, cluster: CLUSTERS.web },
  { name: 'mix', hosts: ['mix1', 'mix2'], vip: VIPS.mix, cluster: CLUSTERS.mix },
  { name: 'inner', hosts: ['in1', 'in2'], vip: VIPS.inner, cluster: CLUSTERS.inner },
  { name: 'own', hosts: ['own1', 'own2'], vip: OWN_VIP, cluster: pair(['own1', 'own2'], 'nginx', 65, OWN_VIP) },
] as const;
type Sufferer = (typeof SUFFERERS)[number];

/** Two states of a cluster; between them lie a reload and a restart of keepalived on both members. */
const STATES = [
  { log_detail: false, global_defs: ['vrrp_garp_master_repeat 5'] },
  { log_detail: true, global_defs: ['vrrp_garp_master_repeat 3'] },
] as const;

/** What a host owes or keeps armed, and whether keepalived runs with the argument that only a restart gives it. */
const AFTERMATH = `ls /var/lib/haprov/owed /var/lib/haprov/switch/armed /var/lib/haprov/switch/rolling 2>/dev/null | grep -v :
find /etc /usr/libexec -name '.haprov-*' -o -name '*.part'
tr '\\0' ' ' </proc/$(systemctl show -p MainPID --value keepalived)/cmdline | grep -q -- ' -D' && echo detailed || echo plain`;

/** The RHEL family's own package has keepalived log details in any case. */
const detailedAnyway = (host: string): boolean => TEST_TOPOLOGY.hosts[host]?.role === 'rpm';

/** What is wrong after one kill and the apply that follows it. */
interface Grievance {
  readonly pair: string;
  readonly moment: Moment;
  /** The last event before it. */
  readonly after: string | undefined;
  readonly what: string;
}

/** All is activated on both members, and one of them will take it back: nobody has confirmed it. */
function unconfirmed(whole: HaprovResult): Moment {
  return { lines: eventsOf(whole).findLastIndex(({ event }) => event === 'confirmed'), ms: 0 };
}

describeOnLab('haprov killed in the middle of an apply', () => {
  let lab: Lab;
  const kills: Kill[] = [];
  const grievances: Grievance[] = [];
  const seen: Seen[] = [];

  async function suffer(one: Sufferer, moments: readonly number[]): Promise<void> {
    const [plain, detailed] = STATES.map((keepalived) =>
      writeInventory(lab, { [one.name]: { ...one.cluster, keepalived } }),
    );
    if (plain === undefined || detailed === undefined) throw new Error('no states');
    await expectExit(0, ['apply', plain, '--yes']);
    await until(
      () => holdersOf(lab, one.hosts, one.vip),
      ({ length }) => length === 1,
      15_000,
    );
    seen.push(
      await observe(lab, { hosts: one.hosts, vips: [one.vip] }, async () => {
        const whole = await expectExit(0, ['apply', detailed, '--yes', '--json']);
        const spread = moments.map((moment) => momentAt(moment, timesOf(whole)));
        for (const [index, moment] of [...spread, unconfirmed(whole)].entries()) {
          const inventory = index % 2 === 0 ? plain : detailed;
          const kill = await killHaprov(['apply', inventory, '--yes', '--json'], moment);
          kills.push(kill);
          const wrong = await aftermath(one, inventory, inventory === detailed);
          grievances.push(
            ...wrong.map((what) => ({ pair: one.name, after: eventsOf(kill.result).at(-1)?.event, moment, what })),
          );
        }
      }),
    );
  }

  /** Applies once more, and tells what is wrong then. */
  async function aftermath(one: Sufferer, inventory: string, detailed: boolean): Promise<string[]> {
    const wrong: string[] = [];
    for (const args of [
      ['apply', inventory, '--yes'],
      ['plan', inventory, '--detailed-exitcode'],
    ]) {
      await expectExit(0, args).catch((error: Error) => wrong.push(error.message));
    }
    for (const host of one.hosts) {
      const left = (await lab.exec(host, AFTERMATH)).stdout;
      if (left !== (detailed || detailedAnyway(host) ? 'detailed\n' : 'plain\n'))
        wrong.push(`${host}: ${left.trim().split('\n').join(', ')}`);
    }
    const holders = await until(
      () => holdersOf(lab, one.hosts, one.vip),
      ({ length }) => length === 1,
      10_000,
    );
    if (holders.length !== 1) wrong.push(`holders: ${holders.join(', ')}`);
    return wrong;
  }

  beforeAll(async () => {
    lab = await testLab([...SUFFERERS.flatMap(({ hosts }) => hosts), 'jump']);
    const clusters = Object.fromEntries(
      SUFFERERS.map(({ name, cluster }) => [name, { ...cluster, keepalived: STATES[0] }]),
    );
    await expectExit(0, ['apply', writeInventory(lab, clusters), '--yes']);
    // The port of a service is its administrator's business; haprov opens VRRP alone.
    await must(lab, 'mix2', 'firewall-cmd -q --add-service=http');
    const shares = deal(spreadMoments(KILLS), SUFFERERS.length);
    await Promise.all(SUFFERERS.map((one, index) => suffer(one, shares[index] ?? [])));
    await recordMeasured('kills of haprov in mid-apply', `${kills.length}, ${grievances.length} not converged`);
    await recordOutage('killed', seen, `${kills.filter(({ killed }) => killed).length} kills`);
  }, 1_800_000);

  it('was killed at moments that are spread over the whole of it', () => {
    expect(kills).toHaveLength(KILLS + SUFFERERS.length);
    expect(kills.filter(({ killed }) => killed).length).toBeGreaterThanOrEqual(Math.floor(KILLS * 0.8));
  });

  it('has the next apply converge and pay what was owed', () => {
    expect(grievances).toEqual([]);
  });

  it('causes no outage beyond one failover', () => {
    const worst = seen.map(({ client }) => client.outages.toSorted((a, b) => b.ms - a.ms)[0]);
    for (const outage of worst) expect(outage?.ms ?? 0).toBeLessThanOrEqual(FAILOVER + MARGIN);
  });

  it('never has both members down', () => {
    expect(seen.map(({ services }) => services.allDownMs)).toEqual(seen.map(() => 0));
  });
});
