import { LAB_USERS } from '../../docker/demo.ts';
import type { LabHost, Topology } from '../../docker/topology.ts';
import { PLACE } from './lab-place.ts';

const { name, front: FRONT, inner: INNER } = PLACE;

/** sshd tells of each connection and each command, so that tests can count them. */
const VERBOSE = ['LogLevel VERBOSE'];

const front = (role: LabHost['role'], last: number, installed?: 'nginx' | 'haproxy'): LabHost => ({
  role,
  addresses: { front: `${FRONT}.${last}` },
  ...(installed === undefined ? {} : { installed }),
  sshd: VERBOSE,
});
const inner = (last: number): LabHost => ({
  role: 'debian',
  installed: 'nginx',
  addresses: { inner: `${INNER}.${last}` },
  behind: 'jump',
  sshd: VERBOSE,
});

/** Between the two networks, as a gateway stands; nothing but keepalived. */
const gateway = (last: number): LabHost => ({
  role: 'debian',
  installed: 'none',
  addresses: { front: `${FRONT}.${last}`, inner: `${INNER}.${last}` },
  sshd: VERBOSE,
});

/**
 * All hosts that tests can have; a file names those that it needs. Pairs: web (Debian), mix (Debian and RPM family, nginx),
 * prx (Debian and RPM family, haproxy), in (behind the jump host), own and bare (Debian, for single tests), gw (on both networks). The packages of
 * their service are installed but on the bare ones; nothing is configured.
 */
export const TEST_TOPOLOGY: Topology = {
  name,
  networks: { front: { subnet: `${FRONT}.0/24` }, inner: { subnet: `${INNER}.0/24` } },
  users: LAB_USERS,
  hosts: {
    web1: front('debian', 11, 'nginx'),
    web2: front('debian', 12, 'nginx'),
    mix1: front('debian', 21, 'nginx'),
    mix2: front('rpm', 22, 'nginx'),
    prx1: front('debian', 31, 'haproxy'),
    prx2: front('rpm', 32, 'haproxy'),
    own1: front('debian', 41, 'nginx'),
    own2: front('debian', 42, 'nginx'),
    bare1: front('debian', 51),
    bare2: front('debian', 52),
    gw1: gateway(61),
    gw2: gateway(62),
    in1: inner(11),
    in2: inner(12),
    jump: { role: 'jump', addresses: { front: `${FRONT}.5`, inner: `${INNER}.5` }, sshd: VERBOSE },
    client: { role: 'client', addresses: { front: `${FRONT}.6`, inner: `${INNER}.6` } },
  },
  clusters: {},
};

/** The VIP of each cluster of `wholeInventory`. */
export const VIPS = {
  web: `${FRONT}.100`,
  mix: `${FRONT}.101`,
  prx: `${FRONT}.102`,
  inner: `${INNER}.100`,
} as const;

/** The VIPs of the pair of gateways, one on each network. */
export const GATEWAY_VIPS = { outside: `${FRONT}.150`, inside: `${INNER}.150` } as const;

/** A further VIP, for tests that add one to a cluster for a while. */
export const EXTRA_VIP = `${FRONT}.105`;

/** A VIP for the pair of single tests. */
export const OWN_VIP = `${FRONT}.106`;

/** A VIP for the pair that is bare. */
export const BARE_VIP = `${FRONT}.104`;

/** Hosts as a file of tests wants them. */
export interface HostWish {
  /** Names in TEST_TOPOLOGY. */
  readonly hosts: readonly string[];
  /** Without packages: for tests that are about installing. */
  readonly blank?: boolean;
}

/** The lab of these hosts alone. */
export function topologyOf({ hosts, blank = false }: HostWish): Topology {
  const wanted = hosts.map((host) => {
    const found = TEST_TOPOLOGY.hosts[host];
    if (found === undefined) throw new Error(`the lab has no host ${host}`);
    const { installed: _, ...bare } = found;
    return [host, blank ? bare : found] as const;
  });
  return { ...TEST_TOPOLOGY, hosts: Object.fromEntries(wanted) };
}
