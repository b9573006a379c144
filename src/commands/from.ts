import { homedir } from 'node:os';
import { UsageError } from '../errors.ts';
import { parseHop } from '../inventory/hop.ts';
import type { Hop, Host, Inventory } from '../inventory/model.ts';
import { chooseTransport } from '../transport/choose-transport.ts';
import type { AcceptedHostKey } from '../transport/host-keys/host-key-check.ts';
import { relayTransports } from '../transport/relay/relay-transport.ts';
import type { Transport } from '../transport/session.ts';
import type { Io } from './io.ts';

/**
 * The host as it is reached from a jump host: that one is the first hop, and the hops of --jump or of the inventory
 * follow, without the first where it is that same machine. Throws UsageError.
 */
export function reachedFrom(text: string): (host: Host) => Host {
  return (host) => {
    const from = parseFrom(text, host.ssh.user);
    const [first, ...others] = host.ssh.proxy_jump;
    const there = first !== undefined && first.host === from.host && first.port === from.port;
    const beyond = there ? others : host.ssh.proxy_jump;
    return { ...host, ssh: { ...host.ssh, proxy_jump: [from, ...beyond] } };
  };
}

/** Makes transports whose connections are opened on the jump host. Throws UsageError where a host needs the ssh command. */
export function transportsFrom(
  text: string,
  inventory: Inventory,
  { env }: Pick<Io, 'env'>,
  onHostKeyAccepted: (key: AcceptedHostKey) => void,
): () => Transport {
  for (const { id, ssh } of inventory.clusters.flatMap(({ hosts }) => hosts)) {
    const { transport, why } = chooseTransport({ setting: ssh.transport, needs: ssh.needs });
    if (transport === 'ssh2') continue;
    throw new UsageError(`--from ${text}: ${id} is reached by the ssh command of this machine alone (${why})`, {
      next: `Go through the jump host instead: --jump ${text}`,
    });
  }
  const { host } = parseFrom(text, '');
  const isRelay = (hop: Hop): boolean => (hop.name ?? hop.host) === host;
  const agentSocket = env['SSH_AUTH_SOCK'];
  return relayTransports({ homeDirectory: homedir(), agentSocket, onHostKeyAccepted, isRelay });
}

function parseFrom(text: string, user: string): Hop {
  try {
    return parseHop(text, { user: user === '' ? 'root' : user, port: 22 });
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`--from ${text}: the jump host ${error.message}`);
    throw error;
  }
}
