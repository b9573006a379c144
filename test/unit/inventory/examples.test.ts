import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proveInventory } from '../../../src/inventory/proof.ts';
import { formatProblem, readInventory } from '../../../src/inventory/read.ts';
import { rules } from './support.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../inventory');
const example = (name: string): string => join(EXAMPLES, name);

describe('the shipped inventories', () => {
  it.each(['minimal', 'haproxy', 'bastion', 'ipv6-unicast', 'two-instances'])(
    '%s.yaml has no problems, and every failover of it is proved',
    async (name) => {
      const { inventory, problems } = await readInventory(example(`${name}.yaml`));
      expect(problems).toEqual([]);
      const rows = inventory === undefined ? [] : proveInventory(inventory).flatMap((proof) => proof.rows);
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.filter((row) => !row.proved)).toEqual([]);
    },
  );

  it('bastion.yaml sends the second cluster through two hops, in order', async () => {
    const { inventory } = await readInventory(example('bastion.yaml'));
    const hosts = inventory?.clusters.flatMap((cluster) => cluster.hosts) ?? [];
    expect(hosts.map((host) => host.id)).toEqual(['web/lb1', 'web/lb2', 'api/lb1', 'api/lb2']);
    expect(hosts.at(0)?.ssh).toMatchObject({ user: 'deploy', port: 2222, connect_timeout: 20 });
    expect(hosts.at(2)?.ssh.proxy_jump).toMatchObject([
      { user: 'ops', host: 'bastion.example.com', port: 22 },
      { user: 'deploy', host: 'inner-bastion.example.com', port: 22 },
    ]);
  });

  it('ipv6-unicast.yaml makes IPv6 version 3 and every other host a peer', async () => {
    const { inventory } = await readInventory(example('ipv6-unicast.yaml'));
    const [four, six] = inventory?.clusters[0]?.vrrp_instances ?? [];
    expect(four?.unicast?.['lb1']).toEqual({ src_ip: '192.0.2.10', peers: ['192.0.2.11'] });
    expect(six?.version).toBe(3);
    expect(six?.unicast?.['lb2']).toEqual({ src_ip: '2001:db8::11', peers: ['2001:db8::10'] });
  });
});

describe('the widespread tutorial', () => {
  it('gets an answer to each of its mistakes, first of all that its VIP does not move', async () => {
    const { inventory, problems } = await readInventory(example('tutorial.yaml'));
    expect(inventory).toBeUndefined();
    expect(problems.map((problem) => `${problem.line}:${problem.column} ${problem.severity} ${problem.rule}`)).toEqual([
      '18:27 error nopreempt-weight',
      '28:22 error check-timeout',
      '34:11 error log-level',
      '12:9 warning state-ignored',
      '17:9 warning preempt-default',
      '19:20 warning auth-length',
      '29:18 warning health-location',
      '32:11 warning global-defs',
      '33:11 warning global-defs',
    ]);
  });

  it('is told that its VIP does not move when nginx dies, and what to write instead', async () => {
    const { problems } = await readInventory(example('tutorial.yaml'));
    const proof = problems.find((problem) => problem.rule === 'nopreempt-weight')?.message;
    expect(proof).toMatch(/the VIP stays where check_nginx fails: lb1 falls to 100-20=80, lb2 stands at 90/);
    expect(proof).toMatch(/write weight: 0 for check_nginx/);
  });

  it('never shows its password', async () => {
    const { problems } = await readInventory(example('tutorial.yaml'));
    expect(problems.map(formatProblem).join('\n')).not.toContain('secret123');
  });
});

describe('files that an inventory names', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'haprov-inventory-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  async function readWith(script: string | undefined): Promise<Awaited<ReturnType<typeof readInventory>>> {
    const file = join(directory, 'inventory.yaml');
    if (script !== undefined) await writeFile(join(directory, 'check.sh'), script);
    await writeFile(
      file,
      'clusters: { web: { service: none, hosts: { a: 10.0.0.1, b: 10.0.0.2 }, vrrp_instances: { V: { virtual_router_id: 5, interface: eth0, priority: { a: 2, b: 1 }, virtual_ipaddress: [10.0.0.9/24], track_script: { check_app: { script: ./check.sh } } } } } }\n',
    );
    return readInventory(file);
  }

  it('a script is taken from beside the inventory', async () => {
    const { inventory, problems } = await readWith('#!/bin/sh\nexit 0\n');
    expect(problems).toEqual([]);
    expect(inventory?.clusters[0]?.vrrp_instances[0]?.track_script[0]?.probe).toEqual({
      kind: 'script',
      script: join(directory, 'check.sh'),
    });
  });

  it('a script that is not there is an error at its name', async () => {
    const { problems } = await readWith(undefined);
    expect(problems.map(({ rule, line, message }) => ({ rule, line, message }))).toEqual([
      { rule: 'file-missing', line: 1, message: `${join(directory, 'check.sh')}: there is no such file` },
    ]);
  });

  it('a script without an interpreter is an error, one that heals a warning', async () => {
    expect(rules((await readWith('exit 0\n')).problems)).toEqual(['script']);
    const healing = (await readWith('#!/bin/bash\nif ! pgrep nginx; then\nsystemctl restart nginx\nfi\n')).problems;
    expect(healing.map(({ rule, severity }) => [rule, severity])).toEqual([['check-heals', 'warning']]);
    expect(healing[0]?.message).toContain('line 3');
  });
});
