/**
 * What haprov writes on a host. Scripts live in /usr/libexec/keepalived: the one directory that SELinux labels
 * keepalived_unconfined_script_exec_t, and each part of its path is root's, as enable_script_security demands.
 */
const SCRIPTS = '/usr/libexec/keepalived';

export const HOST_PATHS = {
  keepalivedConf: '/etc/keepalived/keepalived.conf',
  scripts: SCRIPTS,
  checkNginx: `${SCRIPTS}/haprov-check-nginx`,
  checkHaproxy: `${SCRIPTS}/haprov-check-haproxy`,
  notify: `${SCRIPTS}/haprov-notify`,
  /** The user's own notify script; haprov-notify runs it where it is there. */
  notifyUser: `${SCRIPTS}/haprov-notify-user`,
  /** A curl config file with the webhook's URL, 0600: an URL on a command line shows in the process list. */
  slackConfig: '/etc/keepalived/haprov-slack.curl',
  /** Arguments of the daemon; the drop-in reads it after the distribution's own file. */
  keepalivedEnv: '/etc/keepalived/haprov.env',
  /** One line a change of state; haprov-notify rotates it by itself. */
  notifyLog: '/var/log/haprov-notify.log',
  nginxHealth: '/etc/nginx/conf.d/haprov-health.conf',
  keepalivedDropIn: '/etc/systemd/system/keepalived.service.d/haprov.conf',
  /** A condition of keepalived's unit, there while the host is in maintenance. */
  maintenanceDropIn: '/etc/systemd/system/keepalived.service.d/haprov-maintenance.conf',
  nginxDropIn: '/etc/systemd/system/nginx.service.d/haprov.conf',
  haproxyDropIn: '/etc/systemd/system/haproxy.service.d/haprov.conf',
  sysctl: '/etc/sysctl.d/60-haprov.conf',
} as const;

/**
 * Where haprov's nginx answers the check: a server of its own on a loopback port of its own, so that no request which
 * a site of the user's answers ever reaches it. 488 is one of the ports that SELinux lets nginx listen on
 * (http_port_t), and below 1024: no unprivileged process can take it first.
 */
export const NGINX_HEALTH = { address: '127.0.0.1', port: 488, path: '/haprov-health' } as const;
export const NGINX_HEALTH_URL = `http://${NGINX_HEALTH.address}:${NGINX_HEALTH.port}${NGINX_HEALTH.path}`;

/** Stats sockets of a freshly installed haproxy; the check takes the first that answers. */
export const HAPROXY_SOCKETS = {
  /** Debian's haproxy.cfg. */
  debian: '/run/haproxy/admin.sock',
  /** The RHEL family's haproxy.cfg. */
  rhel: '/var/lib/haproxy/stats',
  /** Debian's unit opens it whatever haproxy.cfg says. */
  debianMaster: '/run/haproxy-master.sock',
} as const;

/** What a check asks, as the inventory has it. */
export type Probe =
  | { readonly kind: 'nginx'; readonly url: string }
  | { readonly kind: 'haproxy'; readonly socket: string }
  | { readonly kind: 'script'; readonly script: string };

/** Where the user's own check script of that name goes on the host. */
export function ownCheckPath(name: string): string {
  return `${SCRIPTS}/haprov-user-${name}`;
}

/**
 * A check's command line, as keepalived's execve takes it: no shell, no quotes. The script's own time limit (seconds)
 * is a little below keepalived's, so that the check itself says what hung; a user's script has keepalived's alone.
 */
export function checkCommand(name: string, probe: Probe, timeout: number): string {
  const limit = (timeout - 0.2).toFixed(1);
  switch (probe.kind) {
    case 'nginx':
      return `${HOST_PATHS.checkNginx} ${probe.url} ${limit}`;
    case 'haproxy':
      return probe.socket === HAPROXY_SOCKETS.debian
        ? `${HOST_PATHS.checkHaproxy} ${limit}`
        : `${HOST_PATHS.checkHaproxy} ${limit} ${probe.socket}`;
    case 'script':
      return ownCheckPath(name);
  }
}
