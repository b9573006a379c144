import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { snapshotDifference } from '../../docker/snapshot.ts';
import type { Finding } from '../../src/operate/doctor/finding.ts';
import type { StatusJson } from '../../src/ui/status/status-json.ts';
import { AMOUNTS } from '../support/amounts.ts';
import { converge } from '../support/converge.ts';
import { expectExit, type HaprovResult, haprov } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { addressOf, PAIRS, pair, writeInventory } from '../support/lab-inventory.ts';
import { VIPS } from '../support/lab-topology.ts';
import { haproxyPlants } from '../support/plants/haproxy.ts';
import { nginxPlants } from '../support/plants/nginx.ts';
import type { Plant, PlantRole, PlantScripts } from '../support/plants/plant.ts';

const NAMES = ['web', 'prx'] as const;
type Name = (typeof NAMES)[number];
const VRIDS = { web: 61, prx: 63 } as const;
// With preemption the first host holds the VIP again after every plant.
const PREEMPT = { nopreempt: false };

const ground = (name: Name) => ({
  vip: VIPS[name],
  other: VIPS[name].replace(/\d+$/, name === 'web' ? '108' : '109'),
  vrid: VRIDS[name],
  stranger: addressOf('client'),
});

/** One trouble on each pair at once, found by one run of the doctor. 18 of them in the gate. */
const ROUNDS = nginxPlants(ground('web'))
  .map((web, index): Record<Name, Plant> => ({ web, prx: mustBe(haproxyPlants(ground('prx'))[index]) }))
  .slice(0, AMOUNTS.plants);

function mustBe(plant: Plant | undefined): Plant {
  if (plant === undefined) throw new Error('each plant of the one pair needs one on the other');
  return plant;
}

function findingsOf({ stdout, stderr }: HaprovResult): readonly Finding[] {
  try {
    const { findings }: { findings: readonly Finding[] } = JSON.parse(stdout);
    return findings;
  } catch {
    throw new Error(`no JSON from doctor: ${stdout}${stderr}`);
  }
}

const wrong = (findings: readonly Finding[]) => findings.filter(({ status }) => status === 'fail' || status === 'warn');

describeOnLab('the doctor on a pair of nginx and one of haproxy', () => {
  let lab: Lab;
  let inventory: string;

  async function run(name: Name, by: PlantScripts): Promise<void> {
    const [holder, backup] = PAIRS[name];
    const hosts: Record<PlantRole, string> = { holder, backup, stranger: 'client' };
    const roles = (['holder', 'backup', 'stranger'] as const).flatMap((role) => {
      const script = by[role];
      return script === undefined ? [] : [{ host: hosts[role], script }];
    });
    await Promise.all(roles.map(({ host, script }) => must(lab, host, script)));
  }

  /** The first host of each pair holds its VIP, and nothing is wrong that status sees. */
  async function settled(): Promise<void> {
    const holders = () => Promise.all(NAMES.map((name) => holdersOf(lab, PAIRS[name], VIPS[name])));
    const wanted = NAMES.map((name) => [PAIRS[name][0]]);
    expect(await until(holders, (found) => String(found) === String(wanted), 30_000)).toEqual(wanted);
    const reasons = async () => {
      const { stdout } = await haprov(['status', inventory, '--json']);
      const { clusters }: StatusJson = JSON.parse(stdout);
      return Object.values(clusters).flatMap((cluster) => cluster.reasons);
    };
    expect(await until(reasons, ({ length }) => length === 0, 30_000)).toEqual([]);
  }

  beforeAll(async () => {
    lab = await testLab([...PAIRS.web, ...PAIRS.prx, 'client']);
    inventory = writeInventory(lab, {
      web: pair(PAIRS.web, 'nginx', VRIDS.web, VIPS.web, PREEMPT),
      prx: pair(PAIRS.prx, 'haproxy', VRIDS.prx, VIPS.prx, PREEMPT),
    });
    await expectExit(0, ['apply', inventory, '--yes']);
    await settled();
  });

  afterAll(async () => {
    await converge(lab, NAMES);
  });

  it('finds nothing wrong with them, looks into every check, and changes no file', async () => {
    const before = await lab.snapshot('web1');
    const result = await expectExit(0, ['doctor', inventory, '--json']);
    const findings = findingsOf(result);
    expect(wrong(findings)).toEqual([]);
    expect(new Set(findings.map(({ id }) => id)).size).toBeGreaterThan(30);
    const heard = findings
      .filter(({ id, status }) => id === 'HD023' && status === 'ok')
      .map(({ evidence }) => evidence);
    for (const [holder, backup] of NAMES.map((name) => PAIRS[name])) {
      expect(heard).toContainEqual(expect.stringMatching(new RegExp(`${holder} to ${backup}: \\d+ adverts arrived`)));
    }
    expect(snapshotDifference(before, await lab.snapshot('web1'))).toEqual([]);
  });

  describe.each(ROUNDS)('finds', (round) => {
    let result: HaprovResult;
    let findings: readonly Finding[];

    beforeAll(async () => {
      try {
        await Promise.all(NAMES.map((name) => run(name, round[name].plant)));
        result = await haprov(['doctor', inventory, '--json']);
        findings = findingsOf(result);
      } finally {
        await Promise.all(NAMES.map((name) => run(name, round[name].undo)));
        await settled();
      }
    });

    it.each(NAMES.map((name) => [round[name].name, name] as const))('%s, on %s, and names it', (_, name) => {
      const { finds, along = [] } = round[name];
      const found = wrong(findings).filter(({ cluster }) => cluster === name);
      const hit = found.find(({ id, status, evidence }) => {
        return id === finds.id && status === finds.status && finds.says.test(evidence);
      });
      expect(hit, JSON.stringify(found, null, 1)).toBeDefined();
      expect(hit?.why).not.toBeNull();
      expect(hit?.fix).not.toBeNull();
      const expected = [finds.id, ...along, 'HD015'];
      expect(found.filter(({ id }) => !expected.includes(id))).toEqual([]);
      expect(result.code).toBe(wrong(findings).some(({ status }) => status === 'fail') ? 1 : 0);
    });
  });

  it('finds nothing any more once all of them are mended', async () => {
    expect(wrong(findingsOf(await expectExit(0, ['doctor', inventory, '--json'])))).toEqual([]);
  });

  it('mends with --fix what the ordinary apply mends, in that cluster alone, and nothing else', async () => {
    await must(
      lab,
      'web2',
      'systemctl disable -q keepalived; iptables -D INPUT -i eth0 -d 224.0.0.18/32 -p 112 -j ACCEPT',
    );
    const { stdout, stderr } = await expectExit(0, ['doctor', inventory, '--fix', '--yes', '--json']);
    expect(JSON.parse(stdout).format).toBe(1);
    expect(stderr).toContain('web2 changed 2 changes');
    expect(stderr).not.toContain('prx');
    expect(await must(lab, 'web2', 'systemctl is-enabled keepalived')).toContain('enabled');
    await settled();
  });

  it('says of a host that cannot be asked only that, and ends with 4', async () => {
    await lab.power('web2', 'off');
    try {
      const findings = findingsOf(await expectExit(4, ['doctor', inventory, '--json', '--limit', 'web']));
      expect(wrong(findings)).toMatchObject([{ id: 'HD001', host: 'web2', status: 'fail' }]);
      expect(findings.filter(({ host }) => host === 'web1').length).toBeGreaterThan(10);
    } finally {
      await lab.power('web2', 'on');
      await settled();
    }
  });
});
