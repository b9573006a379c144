export const SSH_PORT = 22;
/** Seconds. */
export const CONNECT_TIMEOUT = 10;
/** Hosts worked on at a time. */
export const FORKS = 50;
