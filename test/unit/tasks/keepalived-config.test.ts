import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/changes/backup.ts';
import type { Change } from '../../../src/changes/change.ts';
import { intermediateOf, type Step, stageOf, stepsOf, unstageOf } from '../../../src/changes/steps.ts';
import { configFilesSubject } from '../../../src/facts/keepalived/config-files.ts';
import { addressSubject } from '../../../src/facts/network/address.ts';
import { STATE_DIRECTORY } from '../../../src/facts/state/state-directory.ts';
import { contentSubject, fileSubject } from '../../../src/facts/system/file.ts';
import { type UnitFact, unitSubject } from '../../../src/facts/system/unit.ts';
import { encodeValue } from '../../../src/host/encode.ts';
import type { Cluster, Instance } from '../../../src/inventory/model.ts';
import { renderKeepalivedConf } from '../../../src/keepalived/render.ts';
import { keepalivedConfigModule, keepalivedConfigOf } from '../../../src/tasks/keepalived-config.ts';
import { HOST_PATHS } from '../../../src/vrrp/paths.ts';
import { revertScript, stepScript } from '../host/call-script.ts';
import { clusterWith, contextWith, type Ended, fakeAsk, known, SHELLS, sourcesOf, Workshop } from './support.ts';

const PATH = HOST_PATHS.keepalivedConf;
const RUNNING: UnitFact = { load: 'loaded', active: 'active', enabled: 'enabled', mainPid: 7, needDaemonReload: false };
const WEB = clusterWith('auth_pass: hunter22');

/** The cluster with a second instance; the VIPs of both by their last numbers. */
function pairOf(first: readonly number[], second: readonly number[]): Cluster {
  const [one] = WEB.vrrp_instances;
  if (one === undefined) throw new Error('a cluster has instances');
  const vips = (lasts: readonly number[]): Instance['virtual_ipaddress'] =>
    lasts.map((last) => ({ address: `192.168.1.${last}`, prefix: 24, family: 4 }));
  return {
    ...WEB,
    vrrp_instances: [
      { ...one, virtual_ipaddress: vips(first) },
      { ...one, name: 'VI_2', virtual_router_id: 52, virtual_ipaddress: vips(second) },
    ],
  };
}

function textOf(cluster: Cluster): string {
  const [host] = cluster.hosts;
  if (host === undefined) throw new Error('a cluster has hosts');
  return renderKeepalivedConf(keepalivedConfigOf(cluster, host));
}

/** The change of lb1's keepalived.conf from what stands there; null: nothing does. */
async function planned(old: string | null, cluster: Cluster, active = 'active'): Promise<Change> {
  const stands = { type: 'file', mode: '0640', owner: 'root', group: 'root', sha256: sha256(old ?? '') } as const;
  const facts = [
    known(addressSubject, 'addresses', [{ interface: 'eth0', address: '192.168.1.10', prefix: 24 }]),
    known(unitSubject, 'keepalived', { ...RUNNING, active }),
    known(fileSubject, PATH, old === null ? { type: 'absent' } : stands),
    known(contentSubject, PATH, old),
    known(configFilesSubject, PATH, old === null ? null : sourcesOf(old)),
  ];
  const { changes } = await keepalivedConfigModule.plan({}, contextWith(facts, { cluster }));
  if (changes[0] === undefined) throw new Error('nothing was planned');
  return changes[0];
}

const visible = async (old: string | null, cluster: Cluster, active?: string): Promise<readonly string[] | undefined> =>
  (await planned(old, cluster, active)).peerVisible?.map(({ instance, key, detail }) => `${instance} ${key} ${detail}`);

describe("what peers notice of a host's keepalived.conf", () => {
  const old = textOf(WEB);

  it('is named, without the password', async () => {
    const changed = clusterWith('auth_pass: other123');
    expect(await visible(old, changed)).toEqual(['VI_1 auth_pass changes']);
    expect(JSON.stringify((await planned(old, changed)).peerVisible)).not.toMatch(/hunter22|other123/);
  });

  it("is nothing where the change is the host's own", async () => {
    expect(await visible(old.replace('priority 150', 'priority 140'), WEB)).toBeUndefined();
  });

  it('is nothing where keepalived does not run', async () => {
    expect(await visible(old, clusterWith('auth_pass: other123'), 'failed')).toBeUndefined();
    expect((await planned(textOf(pairOf([1], [2, 3])), pairOf([1, 3], [2]), 'inactive')).upload).not.toHaveProperty(
      'intermediate',
    );
  });

  it('is every instance where the file that runs is gone, or cannot be read', async () => {
    expect(await visible(null, WEB)).toEqual([
      expect.stringMatching(/^VI_1 vrrp_instance cannot be compared .*: it is gone$/),
    ]);
    expect(await visible(`${old}\nvrrp_instance X {\n`, WEB)).toEqual([
      expect.stringMatching(/this brace is never closed$/),
    ]);
  });

  it('is asked for in the one round trip of a converged host', async () => {
    const asked: string[] = [];
    const facts = [
      known(addressSubject, 'addresses', [{ interface: 'eth0', address: '192.168.1.10', prefix: 24 }]),
      known(unitSubject, 'keepalived', RUNNING),
      known(fileSubject, PATH, {
        type: 'file',
        mode: '0640',
        owner: 'root',
        group: 'root',
        sha256: sha256(old),
      } as const),
    ];
    const context = contextWith(facts, { cluster: WEB, ask: fakeAsk(facts, asked) });
    const planning = keepalivedConfigModule.plan({}, context);
    expect(asked).toEqual(['addresses: addresses', 'units: keepalived', `files: ${PATH}`]);
    expect((await planning).changes).toEqual([]);
  });
});

describe('a keepalived.conf that haprov did not write', () => {
  const lvs = 'virtual_server 192.168.1.100 80 {\n    protocol TCP\n}\n';
  const byHand = textOf(WEB).replace(/^#.*\n/, '# by hand\n');
  const dropping = (...drop: string[]): Cluster => ({ ...WEB, keepalived: { ...WEB.keepalived, drop } });

  it('stops the plan where it has what the inventory has not, and is named by file and line', async () => {
    const line = byHand.split('\n').length;
    await expect(planned(`${byHand}${lvs}`, WEB)).rejects.toMatchObject({
      message: `keepalived.conf on this host has one thing that the inventory does not: ${PATH} line ${line}: virtual_server 192.168.1.100 80`,
      facts: { next: expect.stringContaining('keepalived: { drop: [virtual_server] }') },
    });
  });

  it('may lose what the inventory gives up, by its word or by word and name', async () => {
    expect((await planned(`${byHand}${lvs}`, dropping('virtual_server'))).action).toBe('update');
    expect((await planned(`${byHand}${lvs}`, dropping('virtual_server 192.168.1.100 80'))).action).toBe('update');
    await expect(planned(`${byHand}${lvs}`, dropping('virtual_server 10.0.0.1 80'))).rejects.toThrow('virtual_server');
  });

  it('stops the plan where nobody can tell what it says', async () => {
    await expect(planned(`${byHand}vrrp_instance X {\n`, WEB)).rejects.toThrow('this brace is never closed');
    expect((await planned(`${byHand}vrrp_instance X {\n`, dropping('syntax'))).action).toBe('update');
  });

  it('is replaced where it has nothing else', async () => {
    expect((await planned(byHand, WEB)).action).toBe('update');
  });

  it('is told from one of haprov’s own, of which the inventory may take everything but what somebody added', async () => {
    const two = textOf(pairOf([1], [2]));
    expect((await planned(two, WEB)).action).toBe('update');
    await expect(planned(`${two}${lvs}`, WEB)).rejects.toThrow('virtual_server 192.168.1.100 80');
  });
});

describe('a VIP that moves between instances', () => {
  it('needs no step where it goes down', async () => {
    const change = await planned(textOf(pairOf([1, 3], [2])), pairOf([1], [2, 3]));
    expect(change.peerVisible).toHaveLength(2);
    expect(intermediateOf(change)).toEqual([]);
    expect(stageOf(change)).toHaveLength(2);
  });

  it('gives the plan a step that is uploaded and tested with the rest, and keeps its password on the way', async () => {
    const change = await planned(textOf(pairOf([1], [2, 3])), pairOf([1, 3], [2]));
    expect(stageOf(change).map(({ describe: what }) => what)).toEqual([
      `upload ${PATH}`,
      `test the new ${PATH}`,
      `upload a step to ${PATH}`,
      `test the step to ${PATH}`,
    ]);
    expect(intermediateOf(change).map(({ describe: what }) => what)).toEqual([`put a step to ${PATH} in place`]);
    expect(change.data).toMatchObject([{ kind: 'file', between: [expect.any(String)] }]);
    const steps = [...stageOf(change), ...intermediateOf(change), ...stepsOf(change)];
    const words = steps.map((step) => ('call' in step ? { ...step.call, content: '' } : step));
    expect(JSON.stringify(words)).not.toContain('hunter22');
  });
});

describe.each(SHELLS)('the step between, through %s', (...shell) => {
  let shop: Workshop;
  let dest: string;
  beforeEach(() => {
    shop = new Workshop();
    dest = shop.path('etc/keepalived.conf');
    mkdirSync(dirname(dest));
  });
  afterEach(() => shop.remove());

  const local = (script: string): string =>
    script
      .replaceAll(STATE_DIRECTORY, shop.path('state'))
      .replaceAll(PATH, dest)
      .replaceAll(encodeValue(PATH), encodeValue(dest));
  const run = (steps: readonly Step[]): readonly Ended[] =>
    steps.map(stepScript).map(({ script, stdin }) => shop.run(shell, local(script), stdin));
  const fine = (ended: readonly Ended[]): void => expect(ended.filter(({ code }) => code !== 0)).toEqual([]);
  const uploads = (change: Change): readonly Step[] =>
    stageOf(change).filter((step) => 'call' in step && step.call.verb === 'stage');

  async function prepared(): Promise<{ readonly change: Change; readonly old: string; readonly next: string }> {
    const [before, after] = [pairOf([1], [2, 3]), pairOf([1, 3], [2])];
    const change = await planned(textOf(before), after);
    writeFileSync(dest, textOf(before), { mode: 0o640 });
    fine(run(uploads(change)));
    return { change, old: textOf(before), next: textOf(after) };
  }

  it('stands there after the first swap, and gives way to the new version', async () => {
    const { change, old, next } = await prepared();
    fine(run(intermediateOf(change)));
    const middle = readFileSync(dest, 'utf8');
    expect(middle).not.toBe(old);
    expect(middle.split('\n').sort()).toEqual(old.split('\n').sort());
    fine(run(intermediateOf(change)));
    fine(run(stepsOf(change)));
    expect(readFileSync(dest, 'utf8')).toBe(next);
    expect(readdirSync(dirname(dest))).toEqual(['keepalived.conf']);
  });

  it('may be left out: the new version goes in place of the old one as well', async () => {
    const { change, next } = await prepared();
    fine(run(stepsOf(change)));
    expect(readFileSync(dest, 'utf8')).toBe(next);
  });

  it('is taken back like the new version, and its upload with it', async () => {
    for (const reached of [1, 2]) {
      const { change, old } = await prepared();
      fine(run(intermediateOf(change)));
      if (reached === 2) fine(run(stepsOf(change)));
      expect(shop.run(shell, local(revertScript(...change.data))).code).toBe(0);
      expect(readFileSync(dest, 'utf8')).toBe(old);
      expect(readdirSync(dirname(dest))).toEqual(['keepalived.conf']);
    }
  });

  it('is not put in place of what somebody else wrote since', async () => {
    const { change } = await prepared();
    writeFileSync(dest, 'mine\n');
    expect(run(intermediateOf(change))[0]).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has changed since the plan'),
    });
    expect(run(stepsOf(change))[0]).toMatchObject({ code: 1 });
  });

  it('is cleared away with the upload when it is not wanted any more', async () => {
    const { change } = await prepared();
    expect(readdirSync(dirname(dest))).toHaveLength(3);
    fine(run(unstageOf(change)));
    expect(readdirSync(dirname(dest))).toEqual(['keepalived.conf']);
  });

  it('is uploaded again by a second run', async () => {
    const { change } = await prepared();
    fine(run(uploads(change)));
    expect(readdirSync(dirname(dest))).toHaveLength(3);
  });
});
