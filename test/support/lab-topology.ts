import { LAB_USERS } from '../../docker/demo.ts';
import type { LabHost, Topology } from '../../docker/topology.ts';
import { PLACE } from './lab-place.ts';

const { name, front: FRONT, inner: INNER } = PLACE;

/** sshd tells of each connection and each command, so that tests can count them. */
const VERBOSE = ['LogLevel VERBOSE'];

const front = (role: LabHost['role'], last: number): LabHost => ({
  role,
  addresses: { front: `${FRONT}.${last}` },
  sshd: VERBOSE,
});
const inner = (last: number): LabHost => ({
  role: 'debian',
  addresses: { inner: `${INNER}.${last}` },
  behind: 'jump',
  sshd: VERBOSE,
});

/**
 * The tests' own lab, beside which the demo's can stand. Pairs: web (Debian), mix (Debian and RPM family, nginx),
 * prx (Debian and RPM family, haproxy), in (behind the jump host), own and bare (Debian, for single tests).
 */
export const TEST_TOPOLOGY: Topology = {
  name,
  networks: { front: { subnet: `${FRONT}.0/24` }, inner: { subnet: `${INNER}.0/24` } },
  users: LAB_USERS,
  hosts: {
    web1: front('debian', 11),
    web2: front('debian', 12),
    mix1: front('debian', 21),
    mix2: front('rpm', 22),
    prx1: front('debian', 31),
    prx2: front('rpm', 32),
    own1: front('debian', 41),
    own2: front('debian', 42),
    bare1: front('debian', 51),
    bare2: front('debian', 52),
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

/** A further VIP, for tests that add one to a cluster for a while. */
export const EXTRA_VIP = `${FRONT}.105`;

/** A VIP for the pair of single tests. */
export const OWN_VIP = `${FRONT}.106`;

/** A VIP for the pair that is bare. */
export const BARE_VIP = `${FRONT}.104`;
