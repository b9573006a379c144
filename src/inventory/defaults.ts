/** A check's times (seconds), counts and weight where the inventory names none: detects in 3 to 5 s, then FAULT. */
export const CHECK_DEFAULTS = { interval: 2, timeout: 1, weight: 0, fall: 2, rise: 2 } as const;

export const SSH_PORT = 22;
/** Seconds. */
export const CONNECT_TIMEOUT = 10;
/** Hosts worked on at a time. */
export const FORKS = 50;
/** keepalived's own default for an instance without a priority. */
export const PRIORITY = 100;
/** Seconds between adverts; keepalived's own default. */
export const ADVERT_INT = 1;
