import { choice } from './choice.ts';

/** What a VIP can stand for. */
export interface ServiceRow {
  /** The systemd unit, without `.service`; the name of its processes, too. */
  readonly unit: string;
  /** Their names are the same in both families. */
  readonly packages: readonly string[];
  /** The kind of check that it has where the inventory names none. */
  readonly check: string;
  /** Settings of its unit, in playbooks/files/. */
  readonly dropIn: string;
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

/** A row for each, by its name in the inventory; null: nothing is installed or watched but keepalived. */
export const SERVICES = {
  nginx: {
    unit: 'nginx',
    packages: ['nginx'],
    check: 'nginx',
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
  haproxy: { unit: 'haproxy', packages: ['haproxy'], check: 'haproxy', dropIn: 'haproxy.dropin.conf' },
  none: null,
} as const satisfies Readonly<Record<string, ServiceRow | null>>;

export type Service = keyof typeof SERVICES;

/** In the order in which messages name them. */
export const SERVICE_NAMES = ['nginx', 'haproxy', 'none'] as const satisfies readonly Service[];
/** "nginx, haproxy or none". */
export const SERVICE_CHOICE = choice(SERVICE_NAMES);

export const SERVICE_ROWS: readonly ServiceRow[] = Object.values(SERVICES).filter((row) => row !== null);

export function serviceRow(service: Service): ServiceRow | null {
  return SERVICES[service];
}

/** The systemd unit of a service, and the name of its processes; undefined without a service. */
export function unitOf(service: Service): string | undefined {
  return serviceRow(service)?.unit;
}

export function healthUrl({ address, port, path }: Pick<HealthPage, 'address' | 'port' | 'path'>): string {
  return `http://${address}:${port}${path}`;
}

/** Where haprov's settings of a unit are on the host. */
export function dropInPath({ unit }: Pick<ServiceRow, 'unit'>): string {
  return `/etc/systemd/system/${unit}.service.d/haprov.conf`;
}
