/** What a host is made of: the operating system's family, or its part in the lab; python is Debian with Python. */
export type Role = 'debian' | 'python' | 'rpm' | 'jump' | 'client';

/** How far a user's sudo goes. */
export type Sudo = 'nopasswd' | 'password' | 'none';

/** What stands behind a virtual IP. */
export type LabService = 'nginx' | 'haproxy' | 'none';

/** A login on every host; the lab's key opens it as well as the password. */
export interface LabUser {
  readonly password: string;
  readonly sudo: Sudo;
}

/** A segment of its own: hosts on it see each other's multicast, other networks' hosts do not. */
export interface LabNetwork {
  /** A /24 as `10.88.0.0/24`; .1 is the machine itself, .100 to .199 are left for virtual IPs. */
  readonly subnet: string;
}

/** One machine of the lab. */
export interface LabHost {
  readonly role: Role;
  /** The host's address by the name of its network. The first one is where ssh goes, and is eth0. */
  readonly addresses: Readonly<Record<string, string>>;
  /** For this service all packages are installed already, as a person would have done it; a blank host by default. */
  readonly installed?: LabService;
  /** Name of a jump host: sshd lets in only who comes from it. */
  readonly behind?: string;
  /** Lines put before the stock sshd_config, as `MaxStartups 2:50:4`. */
  readonly sshd?: readonly string[];
}

/** Hosts that are to share virtual IPs: what the lab's inventory says of them. */
export interface LabCluster {
  readonly service: LabService;
  /** Names of hosts; the first has the highest priority. */
  readonly hosts: readonly string[];
  readonly virtual_router_id: number;
  /** With prefix length: `10.88.0.100/24`. */
  readonly vips: readonly string[];
}

/** A lab as data. Nothing in it is particular to a machine: two labs coexist when names and subnets differ. */
export interface Topology {
  /** Lower-case letters, digits and dashes; part of the names of containers and networks. */
  readonly name: string;
  readonly networks: Readonly<Record<string, LabNetwork>>;
  readonly users: Readonly<Record<string, LabUser>>;
  readonly hosts: Readonly<Record<string, LabHost>>;
  readonly clusters: Readonly<Record<string, LabCluster>>;
}

/** The address ssh goes to, and the network it is on. */
export function primaryAddress(host: LabHost): { readonly network: string; readonly address: string } {
  const first = Object.entries(host.addresses)[0];
  if (first === undefined) throw new TypeError('a lab host needs at least one address');
  return { network: first[0], address: first[1] };
}

/** The jump host's address on the network it shares with `host`, which is where its connections come from. */
export function jumpSource(topology: Topology, host: LabHost): string | undefined {
  if (host.behind === undefined) return undefined;
  const jump = topology.hosts[host.behind];
  const shared = Object.keys(host.addresses).find((network) => jump?.addresses[network] !== undefined);
  return shared === undefined ? undefined : jump?.addresses[shared];
}

/** Name of a host's container. */
export function containerName(lab: string, host: string): string {
  return `haprov-${lab}-${host}`;
}

/** Name of a network as Docker knows it. */
export function networkName(lab: string, network: string): string {
  return `haprov-${lab}-${network}`;
}
