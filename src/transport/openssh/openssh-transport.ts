import { createHostKeyChecker } from '../host-keys/host-key-check.ts';
import { pathSession } from '../path/path-session.ts';
import { LIMITS, type TransportOptions } from '../path/transport-limits.ts';
import type { Transport } from '../session.ts';
import { createAskpasses } from './askpasses.ts';
import { hostKeyRules } from './host-keys.ts';
import { muxChannels } from './mux-channel.ts';
import { opensshPaths, sshEnvironment } from './openssh-paths.ts';

export interface OpensshOptions extends TransportOptions {
  /** Of this process; PATH finds ssh. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The transport on the system's OpenSSH client: one master process for each host and each jump host, and a short-lived
 * process for each script. Connects as the user's own ssh would, the inventory's settings before ssh_config's. Nothing
 * of it outlives this process, however that ends.
 */
export function createOpensshTransport(options: OpensshOptions): Transport {
  const limits = { ...LIMITS, ...options.limits };
  const env = sshEnvironment(options.env, options.agentSocket);
  const checker = createHostKeyChecker(options.onHostKeyAccepted);
  const rules = hostKeyRules(checker);
  const paths = opensshPaths({ rules, askpass: createAskpasses(env), env }, limits);
  return {
    connect: async (host, signal) => {
      const path = await paths.open(host, signal);
      const { fresh } = paths;
      return pathSession(host, path, limits, muxChannels(path.target, { ...limits, fresh, env }));
    },
    close: () => paths.close(),
  };
}
