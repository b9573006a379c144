import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/changes/backup.ts';
import type { Change } from '../../../src/changes/change.ts';
import type { Inventory } from '../../../src/inventory/model.ts';
import type { HostPlan, Plan } from '../../../src/plan/plan.ts';
import type { HostTasks } from '../../../src/plan/plan-host.ts';
import { checkSavedAsks, checkSavedPlan, readSavedPlan, StalePlanError, savePlan } from '../../../src/plan/saved.ts';
import { NO_GUARD } from '../facts/no-guard.ts';
import { clusterWith } from '../tasks/support.ts';

const CANARY = 'canary-hunter22';
const INVENTORY: Inventory = { file: 'inventory.yaml', directory: '/', forks: 1, clusters: [] };

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'haprov-saved-'));
  file = join(directory, 'plan.json');
});
afterEach(() => rmSync(directory, { recursive: true }));

function host(name: string, more: { secret?: string; script?: string; detail?: string } = {}): HostPlan {
  const { secret = CANARY, script = 'check it', detail = 'mode 0644' } = more;
  const version = { sha256: sha256(secret), mode: '0644', owner: 'root', group: 'root' };
  const change: Change = {
    task: 't',
    module: 'file',
    action: 'update',
    target: '/etc/x',
    detail,
    diff: { before: 'a', after: '********' },
    phase: 'activate',
    data: [{ kind: 'file', target: '/etc/x', before: null, after: version, between: [version.sha256] }],
    upload: { from: { text: secret }, test: { command: script } },
    notify: [],
  };
  return { host: name, cluster: 'web', status: 'planned', changes: [change], holds: [], guard: NO_GUARD, notes: [] };
}

const planOf = (...hosts: HostPlan[]): Plan => ({ format: 1, inventory: 'inventory.yaml', hosts });
const PLAN = planOf(host('lb1'), host('lb2'));

/** Tasks of lb1 that ask the host by these scripts while they are planned. */
function tasksWith(...asks: string[]): readonly HostTasks[] {
  const cluster = clusterWith();
  const [lb1] = cluster.hosts;
  if (lb1 === undefined) throw new Error('a cluster has hosts');
  const plan = () => Promise.reject(new Error('nobody expected to plan'));
  return [{ cluster, host: lb1, tasks: [{ name: 't', notify: [], asks, plan }], handlers: [] }];
}
const TASKS = tasksWith('test -e /etc/x');

async function check(file: string, plan: Plan): Promise<void> {
  await checkSavedPlan(file, await readSavedPlan(file), plan);
}

describe('a saved plan', () => {
  it('passes where nothing has changed since', async () => {
    await savePlan(file, PLAN, INVENTORY, TASKS);
    await expect(check(file, planOf(host('lb1'), host('lb2')))).resolves.toBeUndefined();
  });

  it('names what planning ran on each host, and by what a new version of a file is tested', async () => {
    await savePlan(file, PLAN, INVENTORY, TASKS);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      asks: { lb1: ['test -e /etc/x'] },
      hosts: { lb1: { changes: [{ test: { command: 'check it' } }] } },
    });
  });

  it.each([
    ['another script', tasksWith('rm -rf /')],
    ['one more', tasksWith('test -e /etc/x', 'true')],
    ['none', []],
  ])('is stale before a host is asked where planning would run %s', async (_, tasks) => {
    await savePlan(file, PLAN, INVENTORY, TASKS);
    const saved = await readSavedPlan(file);
    expect(() => checkSavedAsks(file, saved, TASKS)).not.toThrow();
    expect(() => checkSavedAsks(file, saved, tasks)).toThrow(StalePlanError);
  });

  it('holds no secret, nor a hash of it, and only its owner reads it', async () => {
    writeFileSync(file, 'an older one');
    chmodSync(file, 0o644);
    await savePlan(file, PLAN, INVENTORY, TASKS);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(Buffer.from(CANARY).toString('base64'));
    expect(text).not.toContain(sha256(CANARY));
    expect(JSON.parse(text)).toMatchObject({
      hosts: { lb1: { changes: [{ data: [{ kind: 'file', target: '/etc/x' }] }] } },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['plan.json']);
  });

  it.each([
    ['a change is another one', planOf(host('lb1', { detail: 'mode 0600' }), host('lb2')), 'lb1 is not as'],
    ['a host has come', planOf(host('lb1'), host('lb2'), host('lb3')), 'lb3 is not as'],
    ['a host is left out', planOf(host('lb1')), 'lb2 is not as'],
    [
      'nothing is to be done any more',
      planOf({ ...host('lb1'), status: 'planned', changes: [], holds: [], guard: NO_GUARD, notes: [] }, host('lb2')),
      'lb1 is not as',
    ],
    [
      'a host is out of reach',
      planOf(host('lb1'), { host: 'lb2', cluster: 'web', status: 'unreachable', error: { message: 'x' } }),
      'lb2 is not as',
    ],
    [
      'a secret is another one',
      planOf(host('lb1', { secret: 'other' }), host('lb2')),
      'a secret, or what haprov would run, differs',
    ],
    ['what would be run is another thing', planOf(host('lb1', { script: 'rm -rf /' }), host('lb2')), 'lb1 is not as'],
  ])('is stale where %s', async (_, plan, message) => {
    await savePlan(file, PLAN, INVENTORY, TASKS);
    const checking = check(file, plan);
    await expect(checking).rejects.toThrow(StalePlanError);
    await expect(checking).rejects.toThrow(message);
  });

  it.each([
    ['a line of it', (text: string) => text.replace('mode 0644', 'mode 0666')],
    ['its seal', (text: string) => text.replace(/"seal": "[0-9a-f]{4}/, '"seal": "0000')],
    ['its salt', (text: string) => text.replace(/"salt": "[0-9a-f]{4}/, '"salt": "0000')],
  ])('that somebody has edited is refused: %s', async (_, edit) => {
    await savePlan(file, PLAN, INVENTORY, TASKS);
    writeFileSync(file, edit(readFileSync(file, 'utf8')));
    await expect(check(file, PLAN)).rejects.toThrow(StalePlanError);
  });

  it.each([
    [''],
    ['{}'],
    ['[]'],
    ['null'],
    ['{"haprov_plan":1}'],
    ['{"haprov_plan":2}'],
    ['not json'],
    ['{"terraform_version":"1"}'],
  ])('is not any other file: %j', async (text) => {
    writeFileSync(file, text);
    await expect(check(file, PLAN)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('not a plan that haprov saved'),
    });
  });

  it('of haprov 0.1 is stale, with what to do', async () => {
    const old = { haprov_plan: 1, inventory: 'i.yaml', made: '2026-11-22', salt: '00', seal: '00', hosts: {} };
    writeFileSync(file, JSON.stringify(old));
    await expect(check(file, PLAN)).rejects.toMatchObject({
      name: 'StalePlanError',
      message: expect.stringContaining('was saved by haprov 0.1'),
      facts: { next: 'Nothing was changed. Make and look at a new plan.' },
    });
  });

  it('is not made of a plan that is not whole', async () => {
    const plan = planOf(host('lb1'), { host: 'lb2', cluster: 'web', status: 'failed', error: { message: 'x' } });
    await expect(savePlan(file, plan, INVENTORY, [])).rejects.toThrow('lb2 could not be planned');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('that cannot be written says so', async () => {
    await expect(savePlan(join(directory, 'none/plan.json'), PLAN, INVENTORY, TASKS)).rejects.toThrow(
      /cannot write .*none\/plan\.json/,
    );
  });
});
