import { type AcceptedHostKey, createHostKeyChecker } from '../host-keys/host-key-check.ts';
import { createPaths } from '../path.ts';
import { pathSession } from '../path-session.ts';
import type { Transport } from '../session.ts';
import { LIMITS, type TransportLimits } from '../transport-limits.ts';
import { createAskpasses } from './askpasses.ts';
import type { OpensshLink } from './link.ts';
import { openMaster } from './master.ts';
import { muxChannels } from './mux-channel.ts';
import { makePrivateDirectory, type PrivateDirectory } from './private-directory.ts';

export interface OpensshOptions {
  /** Of this process; PATH finds ssh. */
  readonly env: NodeJS.ProcessEnv;
  /** In place of SSH_AUTH_SOCK; empty means no agent. */
  readonly agentSocket?: string | undefined;
  readonly limits?: Partial<TransportLimits>;
  /** Told of each key that host_key_checking: accept-new added to known_hosts. */
  readonly onHostKeyAccepted?: (key: AcceptedHostKey) => void;
}

/**
 * The transport on the system's OpenSSH client: one master process for each host and each jump host, and a short-lived
 * process for each script. Connects as the user's own ssh would, the inventory's settings before ssh_config's. Nothing
 * of it outlives this process, however that ends.
 */
export function createOpensshTransport(options: OpensshOptions): Transport {
  const limits = { ...LIMITS, ...options.limits };
  const agentSocket = options.agentSocket ?? options.env['SSH_AUTH_SOCK'];
  const { SSH_AUTH_SOCK: _, SSH_ASKPASS: __, SSH_ASKPASS_REQUIRE: ___, ...others } = options.env;
  // Messages are read, and have to be in English.
  const env = { ...others, LC_ALL: 'C', ...(agentSocket ? { SSH_AUTH_SOCK: agentSocket } : {}) };
  const hostKeys = createHostKeyChecker(options.onHostKeyAccepted ?? (() => {}));
  const askpass = createAskpasses(env);
  let directory: PrivateDirectory | undefined;
  let closed = false;

  const paths = createPaths<OpensshLink>({
    openLink: (attempt) => {
      if (closed) throw new Error('the transport was closed');
      directory ??= makePrivateDirectory(options.env);
      return openMaster(attempt, { directory, hostKeys, askpass, env });
    },
    keepaliveMs: limits.keepaliveMs,
    pendingHandshakes: limits.pendingHandshakes,
  });
  return {
    connect: async (host, signal) => {
      const path = await paths.open(host, signal);
      const made = directory;
      if (made === undefined) throw new Error('no directory, though there is a path');
      const open = muxChannels(path.target, { fresh: made.fresh, env, channelOpenMs: limits.channelOpenMs });
      return pathSession(host, path, limits, open);
    },
    close: () => {
      closed = true;
      paths.close();
      directory?.remove();
    },
  };
}
