import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatProblem, readInventory } from '../../../src/inventory/read.ts';
import { good, lines } from './support.ts';

const cluster = (vrid: number, more = ''): string => `
    hosts: { lb1: 10.0.${vrid}.1, lb2: 10.0.${vrid}.2 }
    vrrp_instances:
      VI_1:
        virtual_router_id: ${vrid}
        interface: eth0
        priority: { lb1: 150, lb2: 100 }
        virtual_ipaddress: [10.0.${vrid}.100/24]${more}
`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'haprov-include-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function read(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const { inventory, problems } = await readInventory(join(directory, 'main.yaml'));
  return { inventory, problems: problems.map((one) => formatProblem(one).replaceAll(`${directory}/`, '')) };
}

describe('include', () => {
  it('takes the clusters of every file that a pattern names, each with paths of its own directory', async () => {
    const { inventory, problems } = await read({
      'main.yaml': 'include: [clusters/*.yaml, clusters/a.yaml]\nforks: 7\n',
      'clusters/a.yaml': `clusters:\n  a:\n    service: nginx\n    notify: { script: ./note.sh }${cluster(1)}`,
      'clusters/b.yaml': `ssh: { user: bob }\nclusters:\n  b:\n    service: none${cluster(2)}`,
      'clusters/note.sh': '#!/bin/sh\n',
      'clusters/.hidden.yaml': 'what is hidden: [is not read',
    });
    expect(problems).toEqual([]);
    expect(inventory?.forks).toBe(7);
    expect(inventory?.clusters.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(inventory?.clusters[0]?.notify.script).toBe(join(directory, 'clusters/note.sh'));
    expect(inventory?.clusters[1]?.hosts[0]?.ssh.user).toBe('bob');
  });

  it('says file, line and column of what is wrong in any of the files', async () => {
    const { problems } = await read({
      'main.yaml': `include: [a.yaml, b.yaml, gone/*.yaml]\nclusters:\n  web:\n    service: nginx${cluster(1)}`,
      'a.yaml': `clusters:\n  api:\n    service: nginx${cluster(2, '\n        advert_intt: 1')}`,
      'b.yaml': `forks: 3\nclusters:\n  web:\n    service: none${cluster(3)}`,
    });
    expect(problems).toEqual([
      "a.yaml:11:9 error: unknown key 'advert_intt'; did you mean 'advert_int'? [unknown-key]",
      'b.yaml:1:1 error: an included file has ssh, become, defaults, clusters, include; forks is for the inventory that includes it [include]',
      'b.yaml:3:3 error: cluster web stands in main.yaml, line 3, too; a name is for one cluster [cluster-twice]',
      'main.yaml:1:27 error: gone/*.yaml names no file [include]',
    ]);
  });

  it('names a file that cannot be read, and reads files that include one another once', async () => {
    const { problems } = await read({
      'main.yaml': `include: [a.yaml, gone.yaml]\nclusters:\n  web:\n    service: nginx${cluster(1)}`,
      'a.yaml': 'include: [main.yaml, a.yaml]\nclusters: {}\n',
    });
    expect(problems).toEqual([expect.stringMatching(/^gone.yaml:1:1 error: there is no such file/)]);
  });
});

describe('defaults', () => {
  const text = (more: string, instance = ''): string =>
    `defaults: ${more}\nclusters:\n  web:${cluster(1, instance)}  api:\n    service: haproxy${cluster(2)}`;

  it('are what a cluster takes unless it says otherwise, maps key by key', () => {
    const { clusters } = good(
      text(
        '{ service: nginx, vrrp_instance: { advert_int: 3, nopreempt: true }, check: { interval: 5, fall: 3 } }',
        '\n        advert_int: 2\n        track_script: { check_nginx: { fall: 1 } }',
      ),
    );
    expect(clusters.map(({ service }) => service)).toEqual(['nginx', 'haproxy']);
    expect(clusters[0]?.vrrp_instances[0]).toMatchObject({ advert_int: 2, nopreempt: { lb1: true } });
    expect(clusters[0]?.vrrp_instances[0]?.track_script).toMatchObject([{ interval: 5, fall: 1 }]);
    expect(clusters[1]?.vrrp_instances[0]).toMatchObject({ advert_int: 3, track_script: [{ interval: 5, fall: 3 }] });
  });

  it('are where a problem is that comes from them', () => {
    expect(
      lines(
        text('{ service: nginx, check: { interval: 2, timeout: 4 } }', '\n        track_script: { check_nginx: {} }'),
      ),
    ).toEqual([
      expect.stringMatching(/^inventory.yaml:1:48 error: check_haproxy may run for 4 s/),
      expect.stringMatching(/^inventory.yaml:1:60 error: check_nginx may run for 4 s/),
    ]);
  });
});

describe('ranges of hosts', () => {
  const hosts = (written: string): string =>
    `clusters:\n  web:\n    service: nginx\n    hosts: ${written}\n    vrrp_instances:\n      VI_1: { virtual_router_id: 1, interface: eth0, priority: { gw1: 150, gw2: 100, gw01: 150, gw02: 100 }, virtual_ipaddress: [10.0.0.9/32] }\n`;

  it.each([
    ["{ 'gw[1-2]': '10.20.0.1[1-2]' }", ['gw1 10.20.0.11', 'gw2 10.20.0.12']],
    [
      "{ 'gw[01-02]': { address: 'gw[01-02].example.com', ssh: { port: 2222 } } }",
      ['gw01 gw01.example.com', 'gw02 gw02.example.com'],
    ],
    ["{ 'r[1-2]n[1-2]': '10.[1-2].0.[1-2]' }", ['r1n1 10.1.0.1', 'r1n2 10.1.0.2', 'r2n1 10.2.0.1', 'r2n2 10.2.0.2']],
  ])('%s are paired one to one', (written, expected) => {
    const text = hosts(written).replace(
      /priority: \{[^}]*\}/,
      written.includes('r[')
        ? 'priority: { r1n1: 4, r1n2: 3, r2n1: 2, r2n2: 1 }'
        : written.includes('01')
          ? 'priority: { gw01: 2, gw02: 1 }'
          : 'priority: { gw1: 2, gw2: 1 }',
    );
    expect(good(text).clusters[0]?.hosts.map(({ name, address }) => `${name} ${address}`)).toEqual(expected);
  });

  it.each([
    ["{ 'gw[1-3]': '10.0.0.1[1-2]' }", 'gw[1-3] names 3 hosts, and 10.0.0.1[1-2] 2 addresses; give each host its own'],
    ["{ 'gw[3-1]': 10.0.0.1 }", 'gw[3-1] counts down from 3 to 1; write [1-3]'],
    ["{ gw2: 10.0.0.1, 'gw[1-2]': '10.0.0.1[1-2]' }", 'gw[1-2] names gw2, which another line of hosts names too'],
    ["{ 'gw[1-99999]': 10.0.0.1 }", 'gw[1-99999] stands for more than 1000 hosts'],
  ])('%s is an error', (written, message) => {
    expect(lines(hosts(written)).find((line) => line.includes('[host-range]'))).toContain(`error: ${message}`);
  });

  it('point at the line of the range where one of its hosts is wrong', () => {
    expect(lines(hosts("{ 'gw[1-2]': 'a b[1-2]' }"))[0]).toMatch(/^inventory.yaml:4:25 error: host gw1 /);
  });
});
