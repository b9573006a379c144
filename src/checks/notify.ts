/** States of a VRRP instance that a script may be for, as keepalived’s keywords name them. */
export const NOTIFY_STATES = ['master', 'backup', 'fault', 'stop', 'deleted'] as const;

export type NotifyState = (typeof NOTIFY_STATES)[number];

/** Ready-made messages, each a file webhook_FORMAT.json in playbooks/files/. */
export const WEBHOOK_FORMATS = ['slack', 'teams', 'mattermost', 'pagerduty', 'alertmanager'] as const;

/** Seconds that a script of the administrator’s own may run. */
export const NOTIFY_TIMEOUT = 30;
