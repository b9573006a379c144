/**
 * What haprov writes on a host whatever is checked there. Scripts live in /usr/libexec/keepalived: the one directory that SELinux labels
 * keepalived_unconfined_script_exec_t, and each part of its path is root's, as enable_script_security demands.
 */
const SCRIPTS = '/usr/libexec/keepalived';

export const HOST_PATHS = {
  keepalivedConf: '/etc/keepalived/keepalived.conf',
  scripts: SCRIPTS,
  notify: `${SCRIPTS}/haprov-notify`,
  /** The user's own notify script; haprov-notify runs it where it is there. */
  notifyUser: `${SCRIPTS}/haprov-notify-user`,
  /** A curl config file with the webhook's URL, 0600: an URL on a command line shows in the process list. */
  slackConfig: '/etc/keepalived/haprov-slack.curl',
  /** Arguments of the daemon; the drop-in reads it after the distribution's own file. */
  keepalivedEnv: '/etc/keepalived/haprov.env',
  /** One line a change of state; haprov-notify rotates it by itself. */
  notifyLog: '/var/log/haprov-notify.log',
  keepalivedDropIn: '/etc/systemd/system/keepalived.service.d/haprov.conf',
  sysctl: '/etc/sysctl.d/60-haprov.conf',
} as const;

/** Where a fragment of the administrator's own lies on a host, by its path on this machine. */
export function fragmentPath(local: string): string {
  const name = (local.split('/').at(-1) ?? 'fragment').replace(/[^A-Za-z0-9_.-]/g, '_');
  return `${FRAGMENTS}/${name.endsWith('.conf') ? name : `${name}.conf`}`;
}

/** Fragments of the administrator's own. */
export const FRAGMENTS = '/etc/keepalived/haprov.d';
