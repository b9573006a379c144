import type { AcceptedHostKey } from '../../../src/transport/host-keys/host-key-check.ts';
import { createOpensshTransport } from '../../../src/transport/openssh/openssh-transport.ts';
import type { TransportLimits } from '../../../src/transport/path/transport-limits.ts';
import { relayTransports } from '../../../src/transport/relay/relay-transport.ts';
import type { Transport } from '../../../src/transport/session.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2/ssh2-transport.ts';
import { startLocalRelay } from '../local-relay.ts';
import { testHome } from '../ssh-host.ts';
import { type TestKey, testKey } from '../ssh-keys.ts';
import type { Machine, Rig, Stage, Wish } from './stage.ts';

/** What a client is made with. */
export interface ClientOptions {
  readonly homeDirectory: string;
  readonly agentSocket: string;
  readonly limits: Partial<TransportLimits>;
  readonly onHostKeyAccepted: (key: AcceptedHostKey) => void;
}

/** The clients under test. */
export const CLIENTS: Readonly<Record<Rig['client'], (options: ClientOptions) => Transport>> = {
  ssh2: createSsh2Transport,
  openssh: (options) => createOpensshTransport({ ...options, env: process.env }),
  relay: (options) => relayTransports({ ...options, isRelay: () => false, start: () => startLocalRelay() })(),
};

/** Starts a machine; the stage's identity is let in, and what `wish` leaves out is up to the maker. */
export type MachineMaker = (
  wish: Wish & Required<Pick<Wish, 'hostKeys' | 'authorizedKeys'>>,
  home: Stage['home'],
) => Promise<Machine>;

const identity = testKey();
const hostKey = testKey();

/** A stage for a client, with machines of one kind. */
export function makeStage(client: Rig['client'], make: MachineMaker): Stage {
  const home = testHome(identity);
  const opened: { close(): unknown }[] = [];
  const accepted: AcceptedHostKey[] = [];
  const known: string[] = [];
  const keep = (thing: { close(): unknown }): void => void opened.push(thing);
  const transport: Stage['transport'] = (limits = {}, agentSocket = '') => {
    const made = CLIENTS[client]({
      homeDirectory: home.directory,
      agentSocket,
      limits,
      onHostKeyAccepted: (key) => accepted.push(key),
    });
    keep(made);
    return made;
  };
  const machine: Stage['machine'] = async (wish = {}) => {
    const made = await make({ hostKeys: [hostKey], authorizedKeys: [identity], ...wish }, home);
    keep(made);
    known.push(...made.hostKeys.map((key) => knownHost(made, wish.address ?? '127.0.0.1', key)));
    home.trust(...known);
    return made;
  };
  return {
    client,
    home,
    accepted,
    machine,
    transport,
    open: async (wish = {}, { limits = {}, ssh = {}, become = false } = {}) => {
      const made = await machine(wish);
      const using = transport(limits);
      return { machine: made, transport: using, session: await using.connect(made.host(ssh, become)) };
    },
    keep,
    close: async () => {
      for (const one of opened.splice(0).reverse()) await one.close();
      home.remove();
    },
  };
}

/** The line of known_hosts for a machine. */
export function knownHost({ port }: { readonly port: number }, address: string, key: TestKey): string {
  return `[${address}]:${port} ${key.line}`;
}
