import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readInventory } from '../../../src/inventory/read.ts';
import { bindPlaybooks } from '../../../src/plan/bind-playbooks.ts';
import { readPlaybook } from '../../../src/playbook/read.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../../${name}/`, import.meta.url));
const yaml = (name: string): string[] => readdirSync(folder(name)).filter((file) => file.endsWith('.yaml'));
const redact = (text: string): string => text;

describe('the shipped playbooks', () => {
  it.each(yaml('playbooks'))('%s parses, with a name of its own for each task', async (file) => {
    const { tasks, handlers } = await readPlaybook(`${folder('playbooks')}${file}`);
    const names = [...tasks, ...handlers].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(yaml('inventory'))('bind for every host of inventory/%s', async (file) => {
    const { inventory } = await readInventory(`${folder('inventory')}${file}`);
    // An example may be one that lint refuses; then nothing is ever bound.
    if (inventory === undefined) return;
    for (const service of ['nginx', 'haproxy', 'none'] as const) {
      const clusters = inventory.clusters.map((cluster) => ({ ...cluster, service }));
      const bound = await bindPlaybooks({ ...inventory, clusters }, { redact });
      expect(bound.map(({ host }) => host.id)).toEqual(clusters.flatMap(({ hosts }) => hosts.map(({ id }) => id)));
      for (const { tasks } of bound) expect(tasks.length).toBeGreaterThan(5);
    }
  });

  it('refuse tags that no task has', async () => {
    const { inventory } = await readInventory(`${folder('inventory')}minimal.yaml`);
    if (inventory === undefined) throw new Error('minimal.yaml is a good inventory');
    await expect(bindPlaybooks(inventory, { redact, tags: ['nope'] })).rejects.toThrow('no task has any of these tags');
  });
});
