import { LAB_USERS, type Place } from './demo.ts';
import type { LabCluster, LabHost, LabNetwork, Topology } from './topology.ts';

/** Hosts of one network: .10 to .89. */
const PER_NETWORK = 80;

/**
 * `count` Debian hosts in pairs p1, p2, … (hosts p1a, p1b, …), each pair with a virtual IP; an odd host out belongs to
 * no cluster. They are blank, or have Python for the peers that need it on a host. Every 80 hosts have a network of
 * their own, 10.88.N.0/24 and up.
 */
export function benchTopology(
  count: number,
  { name, subnet }: Place = { name: 'bench', subnet: 20 },
  role: 'debian' | 'python' = 'debian',
): Topology {
  const networks: Record<string, LabNetwork> = {};
  const hosts: Record<string, LabHost> = {};
  const clusters: Record<string, LabCluster> = {};
  for (let index = 0; index < count; index += 1) {
    const network = `n${Math.floor(index / PER_NETWORK) + 1}`;
    const prefix = `10.88.${subnet + Math.floor(index / PER_NETWORK)}`;
    const place = index % PER_NETWORK;
    const pair = `p${Math.floor(index / 2) + 1}`;
    networks[network] = { subnet: `${prefix}.0/24` };
    hosts[`${pair}${index % 2 === 0 ? 'a' : 'b'}`] = {
      role,
      addresses: { [network]: `${prefix}.${10 + place}` },
    };
    if (index % 2 === 1) {
      const ordinal = (place - 1) / 2;
      clusters[pair] = {
        service: 'nginx',
        hosts: [`${pair}a`, `${pair}b`],
        virtual_router_id: 1 + ordinal,
        vips: [`${prefix}.${100 + ordinal}/24`],
      };
    }
  }
  return { name, networks, users: LAB_USERS, hosts, clusters };
}
