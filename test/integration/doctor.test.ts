import { beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { snapshotDifference } from '../../docker/snapshot.ts';
import type { Finding } from '../../src/operate/doctor/finding.ts';
import { type Plant, type PlantRole, plants } from '../support/doctor-plants.ts';
import { expectExit, type HaprovResult, haprov } from '../support/haprov.ts';
import { describeOnLab, must, testLab } from '../support/lab.ts';
import { holdersOf, until } from '../support/lab-facts.ts';
import { addressOf, CLUSTERS, pair, writeInventory } from '../support/lab-inventory.ts';
import { OWN_VIP, VIPS } from '../support/lab-topology.ts';

const VRID = 76;
const ROLES: Readonly<Record<PlantRole, string>> = {
  holder: 'own1',
  backup: 'own2',
  proxy: 'prx2',
  stranger: 'client',
};

// With preemption the first host holds the VIP again after every plant.
const OWN = pair(['own1', 'own2'], 'nginx', VRID, OWN_VIP, { nopreempt: false });

const ALL_PLANTS = plants({
  vip: OWN_VIP,
  other: OWN_VIP.replace(/\d+$/, '109'),
  vrid: VRID,
  stranger: addressOf('client'),
});

/** Ten minutes in all: only where HAPROV_PLANTS asks for it, `some` for every third of them or `all`. */
const WISH = process.env['HAPROV_PLANTS'];
const PLANTS = WISH === 'all' ? ALL_PLANTS : ALL_PLANTS.filter((_, index) => index % 3 === 0);
const describeDoctor = WISH === undefined ? describe.skip : describeOnLab;

function findingsOf({ stdout, stderr }: HaprovResult): readonly Finding[] {
  try {
    const { findings }: { findings: readonly Finding[] } = JSON.parse(stdout);
    return findings;
  } catch {
    throw new Error(`no JSON from doctor: ${stdout}${stderr}`);
  }
}

const wrong = (findings: readonly Finding[]) => findings.filter(({ status }) => status === 'fail' || status === 'warn');

describeDoctor('the doctor on a pair of nginx and one of haproxy', () => {
  let lab: Lab;
  let inventory: string;

  const run = async (by: Plant['plant']): Promise<void> => {
    const entries = Object.entries(by) as [PlantRole, string][];
    await Promise.all(entries.map(([role, script]) => lab.exec(ROLES[role], script)));
  };
  const settled = async (): Promise<void> => {
    const holders = () => holdersOf(lab, ['own1', 'own2'], OWN_VIP);
    expect(await until(holders, (found) => found.join() === 'own1', 30_000)).toEqual(['own1']);
    const others = () => holdersOf(lab, ['prx1', 'prx2'], VIPS.prx);
    expect(await until(others, (found) => found.length === 1, 30_000)).toHaveLength(1);
  };

  beforeAll(async () => {
    lab = await testLab();
    await Promise.all(['own1', 'own2'].map((host) => lab.reset(host)));
    inventory = writeInventory(lab, { own: OWN, prx: CLUSTERS.prx });
    await expectExit(0, ['apply', inventory, '--yes']);
    await settled();
  });

  it('finds nothing wrong with them, looks into every check, and changes no file', async () => {
    const before = await lab.snapshot('own1');
    const result = await expectExit(0, ['doctor', inventory, '--json']);
    const findings = findingsOf(result);
    expect(wrong(findings)).toEqual([]);
    expect(new Set(findings.map(({ id }) => id)).size).toBeGreaterThan(30);
    expect(findings.find(({ id, status }) => id === 'HD023' && status === 'ok')?.evidence).toMatch(/adverts arrived/);
    expect(snapshotDifference(before, await lab.snapshot('own1'))).toEqual([]);
  });

  it.each(PLANTS.map((plant) => [plant.name, plant] as const))('finds %s', async (_, { plant, undo, finds }) => {
    await run(plant);
    try {
      const result = await haprov(['doctor', inventory, '--json']);
      const findings = findingsOf(result);
      const hit = findings.find(({ id, status, evidence }) => {
        return id === finds.id && status === finds.status && finds.says.test(evidence);
      });
      expect(hit, JSON.stringify(wrong(findings), null, 1)).toBeDefined();
      expect(hit?.why).not.toBeNull();
      expect(hit?.fix).not.toBeNull();
      expect(result.code).toBe(wrong(findings).some(({ status }) => status === 'fail') ? 1 : 0);
    } finally {
      await run(undo);
      await settled();
    }
  });

  it('finds nothing any more once all of them are mended', async () => {
    expect(wrong(findingsOf(await expectExit(0, ['doctor', inventory, '--json'])))).toEqual([]);
  });

  it('mends with --fix what the ordinary apply mends, in that cluster alone, and nothing else', async () => {
    await must(
      lab,
      'own2',
      'systemctl disable -q keepalived; iptables -D INPUT -i eth0 -d 224.0.0.18/32 -p 112 -j ACCEPT',
    );
    const { stdout, stderr } = await expectExit(0, ['doctor', inventory, '--fix', '--yes', '--json']);
    expect(JSON.parse(stdout).format).toBe(1);
    expect(stderr).toContain('own2 changed 2 changes');
    expect(stderr).not.toContain('prx');
    expect(await must(lab, 'own2', 'systemctl is-enabled keepalived')).toContain('enabled');
    await settled();
  });

  it('says of a host that cannot be asked only that, and ends with 4', async () => {
    await lab.power('own2', 'off');
    try {
      const findings = findingsOf(await expectExit(4, ['doctor', inventory, '--json', '--limit', 'own']));
      expect(wrong(findings)).toMatchObject([{ id: 'HD001', host: 'own2', status: 'fail' }]);
      expect(findings.filter(({ host }) => host === 'own1').length).toBeGreaterThan(10);
    } finally {
      await lab.power('own2', 'on');
      await settled();
    }
  });
});
