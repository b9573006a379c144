import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readInventory } from '../../../src/inventory/read.ts';
import { bindPlaybooks } from '../../../src/plan/bind-playbooks.ts';
import { readPlaybook } from '../../../src/playbook/read.ts';
import { readInventory as parsed } from '../../support/read-inventory.ts';

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

  it('uploads the script of a check in a cluster of another service, too', async () => {
    const inventory = parsed(`clusters:
  web:
    service: none
    hosts: { lb1: 192.168.1.10, lb2: 192.168.1.11 }
    vrrp_instances:
      VI_1:
        virtual_router_id: 51
        interface: eth0
        priority: { lb1: 150, lb2: 100 }
        virtual_ipaddress: [192.168.1.100/24]
        track_script: { lb: { socket: /run/own.sock }, web: { url: 'http://127.0.0.1/' } }
`);
    const [first] = await bindPlaybooks(inventory, { redact });
    const uploads = first?.tasks.filter(({ name }) => name.startsWith('Upload the check of')).map(({ name }) => name);
    expect(uploads).toEqual(['Upload the check of http', 'Upload the check of haproxy']);
  });

  it('refuse tags that no task has', async () => {
    const { inventory } = await readInventory(`${folder('inventory')}minimal.yaml`);
    if (inventory === undefined) throw new Error('minimal.yaml is a good inventory');
    await expect(bindPlaybooks(inventory, { redact, tags: ['nope'] })).rejects.toThrow('no task has any of these tags');
  });
});
