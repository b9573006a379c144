import { setMaxListeners } from 'node:events';
import type { Hop, Host } from '../../inventory/model.ts';
import { ConnectError, connectError, HopFaultError } from '../errors.ts';
import { createHostKeyChecker } from '../host-keys/host-key-check.ts';
import { unlessAborted } from '../path/path.ts';
import { LIMITS } from '../path/transport-limits.ts';
import type { Session, Transport } from '../session.ts';
import { createAuthPlanner } from '../ssh2/auth.ts';
import { type Ssh2Options, ssh2Paths } from '../ssh2/ssh2-transport.ts';
import { type PartedWay, partWay } from './hops.ts';
import { createPlaces, type Places } from './places.ts';
import { relayProgram } from './program.ts';
import type { Relay } from './relay.ts';
import { relayedSession } from './relayed-session.ts';
import { createRelays, type Relays, type StartRelay } from './relays.ts';
import { startRelay } from './start-relay.ts';
import { unpackError } from './wire-errors.ts';

export interface RelayOptions extends Ssh2Options {
  /** Whether the relay is to stand on this hop. */
  readonly isRelay: (hop: Hop) => boolean;
  /** Default: through ssh, on the hop of the way that `isRelay` knows. */
  readonly start?: StartRelay;
}

/**
 * Makes transports whose connections are opened on a jump host, beside the fleet, by a relay: a process that lives there
 * in memory alone, no longer than the one connection to it, which the transports share. Keys, known_hosts and decisions
 * stay here; the relay asks for signatures, each of them checked to be a login of ours, and for new host keys to be
 * recorded. All is closed with the last transport.
 */
export function relayTransports(options: RelayOptions): () => Transport {
  const limits = { ...LIMITS, ...options.limits };
  const planner = createAuthPlanner({ ...options, agentSocket: options.agentSocket || undefined });
  const hostKeys = createHostKeyChecker(options.onHostKeyAccepted);
  const places = createPlaces(planner, hostKeys);
  const paths = ssh2Paths(limits, planner, hostKeys);
  const overSsh: StartRelay = (jump, signal) => {
    if (jump === undefined) throw new Error('a way without the relay');
    return startRelay(jump, { paths, program: relayProgram, signal });
  };
  const relays = createRelays(options.start ?? overSsh, places.answer);
  const ids = { next: 0 };
  const open = new Set<number>();
  return () => {
    const number = ids.next++;
    open.add(number);
    const onClose = (): void => {
      open.delete(number);
      if (open.size > 0) return;
      relays.close();
      paths.close();
    };
    return relayTransport({
      relays,
      places,
      limits,
      isRelay: options.isRelay,
      number,
      newId: () => ids.next++,
      onClose,
    });
  };
}

interface Parts extends Required<Pick<RelayOptions, 'isRelay'>> {
  readonly relays: Relays;
  readonly places: Places;
  readonly limits: typeof LIMITS;
  /** By which relays know this transport. */
  readonly number: number;
  readonly newId: () => number;
  readonly onClose: () => void;
}

function relayTransport({ relays, places, limits, isRelay, number, newId, onClose }: Parts): Transport {
  const told = new Set<Relay>();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);

  const introduce = (relay: Relay): void => {
    if (told.has(relay)) return;
    told.add(relay);
    relay.tell({ kind: 'open', transport: number, limits });
  };
  const connect = async (host: Host, way: PartedWay, signal: AbortSignal): Promise<Session> => {
    const relayed = onBehalf(host, way, relays.on(way.jump));
    const [relay, wire] = await Promise.all([relayed, places.describe(host, way.beyond)]);
    signal.throwIfAborted();
    introduce(relay);
    const { nameBeyond } = way;
    const relayHop = way.nameBefore('target');
    const session = newId();
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        relay.forget(session);
        relay.tell({ kind: 'cancel', id: session });
      };
      const settled = (): void => signal.removeEventListener('abort', cancel);
      signal.addEventListener('abort', cancel);
      relay.tell({ kind: 'connect', id: session, transport: number, ...wire }, [], {
        output: () => {},
        done: (message) => {
          settled();
          if (message.kind === 'failed') reject(unpackError(message.error, nameBeyond));
          else resolve(relayedSession({ host, relay, session, newId, relayHop, nameBeyond }));
        },
        lost: (why) => {
          settled();
          reject(connectError({ kind: 'lost', message: why, retryable: true }, host.id, relayHop));
        },
      });
    });
  };

  return {
    connect: (host, signal) =>
      unlessAborted(closing.signal, signal, (either) => connect(host, partWay(host, isRelay), either)),
    close: () => {
      closing.abort(new Error('the transport was closed'));
      for (const relay of told) relay.tell({ kind: 'end', transport: number });
      onClose();
    },
  };
}

async function onBehalf<T>(host: Host, way: PartedWay, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof HopFaultError) throw connectError(error.fault, host.id, way.nameBefore('target'));
    if (error instanceof ConnectError) throw connectError(error.fault, host.id, way.nameBefore(error.hop));
    throw error;
  }
}
