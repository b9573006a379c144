import { benchTopology } from '../docker/bench.ts';
import type { Place } from '../docker/demo.ts';
import type { Topology } from '../docker/topology.ts';

/** The jump host's name. */
export const BASTION = 'bastion';

/** The fleet of the other benchmarks, which only a jump host reaches: it stands on the network before theirs too. */
export function bastionTopology(count: number, { name, subnet }: Place): Topology {
  const fleet = benchTopology(count, { name, subnet: subnet + 1 }, 'python');
  const hosts = Object.entries(fleet.hosts).map(([host, one]) => [host, { ...one, behind: BASTION }] as const);
  const inner = Object.keys(fleet.networks).map(
    (network, index) => [network, `10.88.${subnet + 1 + index}.5`] as const,
  );
  return {
    ...fleet,
    networks: { front: { subnet: `10.88.${subnet}.0/24` }, ...fleet.networks },
    hosts: {
      [BASTION]: { role: 'jump', addresses: { front: `10.88.${subnet}.5`, ...Object.fromEntries(inner) } },
      ...Object.fromEntries(hosts),
    },
  };
}
