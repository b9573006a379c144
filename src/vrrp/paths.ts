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
  /** What haprov-notify runs for which instance and state, and which webhooks it tells. */
  notifyConfig: '/etc/keepalived/haprov-notify.conf',
  /** URLs and keys of webhooks, 0600. */
  webhooks: '/etc/keepalived/haprov-webhooks',
  /** Arguments of the daemon; the drop-in reads it after the distribution's own file. */
  keepalivedEnv: '/etc/keepalived/haprov.env',
  /** One line a change of state; haprov-notify rotates it by itself. */
  notifyLog: '/var/log/haprov-notify.log',
  keepalivedDropIn: '/etc/systemd/system/keepalived.service.d/haprov.conf',
  sysctl: '/etc/sysctl.d/60-haprov.conf',
  /** Directories below /run that keepalived watches files in, made anew at every boot. */
  tmpfiles: '/etc/tmpfiles.d/haprov.conf',
} as const;

/** What the file of a webhook's message begins with; `NAME.json` comes after it. */
export const MESSAGES = '/etc/keepalived/haprov-message-';
