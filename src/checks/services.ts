import { choice } from './choice.ts';
import type { Port } from './port.ts';

/** Names of packages by family. */
export interface PackageNames {
  readonly debian: readonly string[];
  readonly rhel: readonly string[];
}

/** A service that a VIP stands for, as the inventory means it. */
export interface ClusterService {
  /** How messages name it. */
  readonly name: string;
  /** The systemd unit, without `.service`; undefined for a program in a container, which haprov neither starts nor stops. */
  readonly unit?: string;
  /** The program whose processes it has. Default: the unit's name. */
  readonly program?: string;
  /** What haprov installs; empty: nothing. */
  readonly packages: PackageNames;
  /** A command that is there where the service is installed, from whatever package. */
  readonly command?: string;
  /** The kind of check that it has where the inventory names none. Default: its first TCP port, else its unit. */
  readonly check?: string;
  /** Ports that clients use, where the inventory names them. */
  readonly ports: readonly Port[];
  /** Ports that it has as it is installed, where the inventory names none. */
  readonly usualPorts?: readonly Port[];
  /** Settings of its unit, in playbooks/files/. */
  readonly dropIn?: string;
  /** A page for the check, set up where a check asks for it. */
  readonly health?: HealthPage;
}

export interface HealthPage {
  /** In playbooks/files/. */
  readonly src: string;
  readonly dest: string;
  /** The command that tests the configuration with the page in place. */
  readonly validate: string;
  readonly address: string;
  readonly port: number;
  readonly path: string;
}

/** A row for each service that has a name of its own in the inventory. */
export const SERVICES = {
  nginx: {
    name: 'nginx',
    unit: 'nginx',
    packages: { debian: ['nginx'], rhel: ['nginx'] },
    command: 'nginx',
    check: 'nginx',
    ports: [],
    usualPorts: [{ protocol: 'tcp', first: 80, last: 80 }],
    dropIn: 'nginx.dropin.conf',
    health: {
      src: 'nginx-health.conf',
      dest: '/etc/nginx/conf.d/haprov-health.conf',
      validate: 'nginx -t',
      // A server of its own on a loopback port of its own, so that no request that a site of the user's answers ever
      // reaches it. 488 is one of the ports that SELinux lets nginx listen on (http_port_t), and below 1024: no
      // unprivileged process can take it first.
      address: '127.0.0.1',
      port: 488,
      path: '/haprov-health',
    },
  },
  haproxy: {
    name: 'haproxy',
    unit: 'haproxy',
    packages: { debian: ['haproxy'], rhel: ['haproxy'] },
    command: 'haproxy',
    check: 'haproxy',
    ports: [],
    dropIn: 'haproxy.dropin.conf',
  },
} as const satisfies Readonly<Record<string, ClusterService & { readonly unit: string; readonly dropIn: string }>>;

/** A unit's name, without `.service`; `none` where a cluster has no unit. */
export type Service = string;

/** No unit: nothing is installed or watched but keepalived. */
export const NO_SERVICE = 'none';

/** In the order in which messages name them. */
export const SERVICE_NAMES: readonly [string, ...string[]] = ['nginx', 'haproxy', NO_SERVICE];
/** "nginx, haproxy or none". */
export const SERVICE_CHOICE = choice(SERVICE_NAMES);

export const SERVICE_ROWS = Object.values(SERVICES);

/** The row of a service with a name of its own. */
export function serviceRow(name: string): ClusterService | undefined {
  return Object.entries<ClusterService>(SERVICES).find(([own]) => own === name)?.[1];
}

/** The systemd unit of a service, and as a rule the name of its processes; undefined without a service. */
export function unitOf(service: Service): string | undefined {
  return service === NO_SERVICE ? undefined : service;
}

export function healthUrl({ address, port, path }: Pick<HealthPage, 'address' | 'port' | 'path'>): string {
  return `http://${address}:${port}${path}`;
}

/** Where haprov's settings of a unit are on the host. */
export function dropInPath({ unit }: { readonly unit: string }): string {
  return `/etc/systemd/system/${unit}.service.d/haprov.conf`;
}
