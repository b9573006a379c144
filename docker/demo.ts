import type { LabUser, Topology } from './topology.ts';

/** The lab's users, on every host: sudo without a password, with one, and none at all. */
export const LAB_USERS = {
  deploy: { password: 'deploy-lab', sudo: 'nopasswd' },
  ops: { password: 'ops-lab', sudo: 'password' },
  nosudo: { password: 'nosudo-lab', sudo: 'none' },
} as const satisfies Record<string, LabUser>;

/** What keeps two labs apart. */
export interface Place {
  readonly name: string;
  /** Third byte of the first subnet; the networks are 10.88.N.0/24 and up. */
  readonly subnet: number;
}

/**
 * A Debian pair, a pair of one Debian and one RPM-family host, a Debian pair that only the jump host reaches, and a
 * client that stands on both networks.
 */
export function demoTopology({ name, subnet }: Place = { name: 'demo', subnet: 0 }): Topology {
  const front = `10.88.${subnet}`;
  const inner = `10.88.${subnet + 1}`;
  return {
    name,
    networks: { front: { subnet: `${front}.0/24` }, inner: { subnet: `${inner}.0/24` } },
    users: LAB_USERS,
    hosts: {
      lb1: { role: 'debian', addresses: { front: `${front}.11` } },
      lb2: { role: 'debian', addresses: { front: `${front}.12` } },
      mix1: { role: 'debian', addresses: { front: `${front}.21` } },
      mix2: { role: 'rpm', addresses: { front: `${front}.22` } },
      in1: { role: 'debian', addresses: { inner: `${inner}.11` }, behind: 'jump' },
      in2: { role: 'debian', addresses: { inner: `${inner}.12` }, behind: 'jump' },
      jump: { role: 'jump', addresses: { front: `${front}.5`, inner: `${inner}.5` } },
      client: { role: 'client', addresses: { front: `${front}.6`, inner: `${inner}.6` } },
    },
    clusters: {
      web: { service: 'nginx', hosts: ['lb1', 'lb2'], virtual_router_id: 51, vips: [`${front}.100/24`] },
      mixed: { service: 'nginx', hosts: ['mix1', 'mix2'], virtual_router_id: 52, vips: [`${front}.101/24`] },
      inner: { service: 'nginx', hosts: ['in1', 'in2'], virtual_router_id: 53, vips: [`${inner}.100/24`] },
    },
  };
}
