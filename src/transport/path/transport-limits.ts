import type { AcceptedHostKey } from '../host-keys/host-key-check.ts';
import type { SessionLimits } from './path-session.ts';

/** Bounds of a transport; times in milliseconds. */
export interface TransportLimits extends SessionLimits {
  /** Handshakes pending at one sshd, or through one jump host; sshd's MaxStartups begins to drop at 10. */
  readonly pendingHandshakes: number;
  /** A silent peer is given up after four of these. */
  readonly keepaliveMs: number;
}

/** What holds where nothing else is said. */
export const LIMITS: TransportLimits = {
  channels: 4,
  channelOpenMs: 15_000,
  maxOutput: 64 * 1024 * 1024,
  pendingHandshakes: 8,
  keepaliveMs: 7000,
};

/** What any transport is made with. */
export interface TransportOptions {
  /** The agent's socket. ssh2: undefined or empty means no agent. OpenSSH: undefined means that of the environment. */
  readonly agentSocket?: string | undefined;
  readonly limits?: Partial<TransportLimits>;
  /** Told of each key that host_key_checking: accept-new added to known_hosts. */
  readonly onHostKeyAccepted?: (key: AcceptedHostKey) => void;
}
