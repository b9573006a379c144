import { createHostKeyChecker, type HostKeyChecker } from '../host-keys/host-key-check.ts';
import { createPaths, type Paths } from '../path/path.ts';
import { pathSession } from '../path/path-session.ts';
import { LIMITS, type TransportLimits, type TransportOptions } from '../path/transport-limits.ts';
import type { Transport } from '../session.ts';
import { type AuthPlanner, createAuthPlanner } from './auth.ts';
import { openLink } from './handshake.ts';
import type { Ssh2Link } from './link.ts';
import { ssh2Channels } from './ssh2-channel.ts';

export interface Ssh2Options extends TransportOptions {
  /** Where `.ssh` with the usual keys is. */
  readonly homeDirectory: string;
}

/** The transport on ssh2. Key files, the agent's list and known_hosts files are read once for all hosts. */
export function createSsh2Transport(options: Ssh2Options): Transport {
  const limits = { ...LIMITS, ...options.limits };
  const planner = createAuthPlanner({
    homeDirectory: options.homeDirectory,
    agentSocket: options.agentSocket === '' ? undefined : options.agentSocket,
  });
  const hostKeys = createHostKeyChecker(options.onHostKeyAccepted);
  return transportOn(ssh2Paths(limits, planner, hostKeys), limits);
}

/** Paths of ssh2, with logins by `planner` and host keys by `hostKeys`. */
export function ssh2Paths(limits: TransportLimits, planner: AuthPlanner, hostKeys: HostKeyChecker): Paths<Ssh2Link> {
  return createPaths<Ssh2Link>({
    openLink: async (attempt) => {
      const { hop, ssh } = attempt;
      const [plan, hostKey] = await Promise.all([planner(ssh), hostKeys(hop.host, hop.port, ssh)]);
      return openLink({ ...attempt, plan, hostKey });
    },
    keepaliveMs: limits.keepaliveMs,
    pendingHandshakes: limits.pendingHandshakes,
  });
}

/** Sessions on such paths. */
export function transportOn(paths: Paths<Ssh2Link>, limits: TransportLimits): Transport {
  return {
    connect: async (host, signal) => {
      const path = await paths.open(host, signal);
      return pathSession(host, path, limits, ssh2Channels(path.target.client, limits.channelOpenMs));
    },
    close: () => paths.close(),
  };
}
