import { createPaths, type Paths } from '../path/path.ts';
import type { TransportLimits } from '../path/transport-limits.ts';
import type { OpensshLink } from './link.ts';
import { type MasterTools, openMaster } from './master.ts';
import { makePrivateDirectory, type PrivateDirectory } from './private-directory.ts';

/** Paths held by masters of OpenSSH's client. */
export interface OpensshPaths extends Paths<OpensshLink> {
  /** A path in the private directory that was not given before. Throws where nothing was opened yet. */
  fresh(): string;
}

/** Whose environment ssh gets: messages are read, and have to be in English. */
export function sshEnvironment(own: NodeJS.ProcessEnv, agentSocket = own['SSH_AUTH_SOCK']): NodeJS.ProcessEnv {
  const { SSH_AUTH_SOCK: _, SSH_ASKPASS: __, SSH_ASKPASS_REQUIRE: ___, ...others } = own;
  return { ...others, LC_ALL: 'C', ...(agentSocket ? { SSH_AUTH_SOCK: agentSocket } : {}) };
}

/** Paths whose control sockets are in a directory that is made with the first of them, and removed by `close`. */
export function opensshPaths(
  tools: Omit<MasterTools, 'directory'>,
  { keepaliveMs, pendingHandshakes }: Pick<TransportLimits, 'keepaliveMs' | 'pendingHandshakes'>,
): OpensshPaths {
  let directory: PrivateDirectory | undefined;
  let closed = false;
  const paths = createPaths<OpensshLink>({
    openLink: (attempt) => {
      if (closed) throw new Error('the transport was closed');
      directory ??= makePrivateDirectory(tools.env);
      return openMaster(attempt, { ...tools, directory });
    },
    keepaliveMs,
    pendingHandshakes,
  });
  return {
    open: paths.open,
    fresh: () => {
      if (directory === undefined) throw new Error('no directory, though there is a path');
      return directory.fresh();
    },
    close: () => {
      closed = true;
      paths.close();
      directory?.remove();
    },
  };
}
