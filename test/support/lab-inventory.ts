import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Lab } from '../../docker/lab-handle.ts';
import { primaryAddress } from '../../docker/topology.ts';
import { TEST_TOPOLOGY, VIPS } from './lab-topology.ts';
import { scratchDirectory } from './scratch.ts';

/** A cluster as inventory.yaml has it. */
export type RawCluster = Readonly<Record<string, unknown>>;

/** The address of a lab host, as the inventory names it. */
export function addressOf(host: string): string {
  const found = TEST_TOPOLOGY.hosts[host];
  if (found === undefined) throw new Error(`the lab has no host ${host}`);
  return primaryAddress(found).address;
}

/** How the lab's hosts are logged in to, unless a test wants something else. */
export function sshOf(lab: Lab): Readonly<Record<string, unknown>> {
  return { user: 'deploy', identity_file: join(lab.dir, 'key'), known_hosts_file: join(lab.dir, 'known_hosts') };
}

/** A pair with one VIP; the first host has the higher priority. */
export function pair(
  hosts: readonly [string, string],
  service: string,
  vrid: number,
  vip: string,
  instance: object = {},
): RawCluster {
  return {
    service,
    hosts: Object.fromEntries(hosts.map((host) => [host, addressOf(host)])),
    vrrp_instances: {
      VI_1: {
        virtual_router_id: vrid,
        interface: 'eth0',
        priority: { [hosts[0]]: 150, [hosts[1]]: 100 },
        virtual_ipaddress: [`${vip}/24`],
        auth_pass: 'labVrrp1',
        nopreempt: true,
        ...instance,
      },
    },
  };
}

/** The four clusters that most tests share. Those that change a cluster's settings put them back by applying this. */
export const CLUSTERS = {
  web: pair(['web1', 'web2'], 'nginx', 61, VIPS.web),
  mix: pair(['mix1', 'mix2'], 'nginx', 62, VIPS.mix),
  prx: pair(['prx1', 'prx2'], 'haproxy', 63, VIPS.prx),
  inner: { ...pair(['in1', 'in2'], 'nginx', 64, VIPS.inner), ssh: { proxy_jump: [`deploy@${addressOf('jump')}`] } },
} as const satisfies Record<string, RawCluster>;

/** The hosts of these four clusters. */
export const PAIRS = {
  web: ['web1', 'web2'],
  mix: ['mix1', 'mix2'],
  prx: ['prx1', 'prx2'],
  inner: ['in1', 'in2'],
} as const;

/** Writes an inventory to a directory of its own and gives its path. */
export function writeInventory(lab: Lab, clusters: Readonly<Record<string, RawCluster>>, more: object = {}): string {
  const directory = scratchDirectory('inventory');
  const file = join(directory, 'inventory.yaml');
  writeFileSync(file, stringify({ ssh: sshOf(lab), ...more, clusters }, { lineWidth: 0 }), { mode: 0o600 });
  return file;
}
