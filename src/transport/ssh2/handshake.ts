import { type Socket, connect as tcpConnect } from 'node:net';
import type { Duplex } from 'node:stream';
import { NodeSSH } from 'node-ssh';
import { codeOf, type HopFault, HopFaultError } from '../errors.ts';
import type { HostKeyCheck } from '../host-keys/host-key-check.ts';
import type { Attempt } from '../path/link.ts';
import { offeredAlgorithms } from './algorithms.ts';
import type { AuthPlan } from './auth.ts';
import { acceptsData } from './exec-channel.ts';
import {
  authFault,
  closedFault,
  expiredFault,
  forwardFault,
  levelOf,
  type Phase,
  protocolFault,
  timeoutFault,
} from './faults.ts';
import { type Ssh2Link, watchLink } from './link.ts';

/** One attempt to open a link. A peer that leaves three keepalive requests unanswered is given up at the fourth. */
export interface HandshakeOptions extends Attempt<Ssh2Link> {
  readonly plan: AuthPlan;
  readonly hostKey: HostKeyCheck;
}

const UNANSWERED = 3;
/** Node's own 250 ms would give up the first of several addresses on a slow line. */
const NEXT_ADDRESS_MS = 1000;

/** Connects, checks the host key and authenticates, within connect_timeout. Rejects with HopFaultError. */
export async function openLink(options: HandshakeOptions): Promise<Ssh2Link> {
  const { hop, via } = options;
  const start = Date.now();
  const timeoutMs = options.ssh.connect_timeout * 1000;
  if (via === undefined)
    return handshake(
      tcpConnect({
        host: hop.host,
        port: hop.port,
        noDelay: true,
        autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
        ...(options.ssh.address_family === undefined ? {} : { family: options.ssh.address_family }),
      }),
      options,
      timeoutMs,
    );
  const sock = await forward(via, options, timeoutMs);
  return handshake(sock, options, Math.max(1, timeoutMs - (Date.now() - start)));
}

function forward(via: Ssh2Link, { hop, ssh, signal }: HandshakeOptions, timeoutMs: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let late = false;
    const give = (error: unknown): void => {
      clearTimeout(timer);
      late = true;
      reject(error);
    };
    const settle = (fault: HopFault | undefined, channel?: Duplex): void => {
      if (fault !== undefined) give(new HopFaultError(fault));
      if (channel === undefined) return;
      if (late) return void channel.destroy();
      clearTimeout(timer);
      resolve(channel);
    };
    signal.addEventListener('abort', () => give(signal.reason), { once: true });
    const timer = setTimeout(() => settle(timeoutFault('tcp', hop, ssh.connect_timeout)), timeoutMs);
    try {
      via.client.forwardOut('127.0.0.1', 0, hop.host, hop.port, (error, channel) => {
        if (error) return settle(forwardFault(hop, error));
        channel.on('error', () => {});
        settle(acceptsData(channel) ? undefined : protocolFault(hop, new Error('unusable packet size')), channel);
      });
    } catch (error) {
      // ssh2 throws where the connection is already gone.
      settle(forwardFault(hop, error));
    }
  });
}

function handshake(sock: Socket | Duplex, options: HandshakeOptions, timeoutMs: number): Promise<Ssh2Link> {
  const { hop, ssh, plan, hostKey } = options;
  return new Promise((resolve, reject) => {
    const tried: string[] = [];
    const untried = plan.methods.values();
    let phase: Phase = options.via === undefined ? 'tcp' : 'greeting';
    let peerClosed = false;
    let open = false;
    let over = false;
    let recorded = Promise.resolve();

    const end = (error: unknown): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      link.close();
      // The caller may end the process at once: a key that was accepted is written down before.
      const give = (): void => reject(error);
      recorded.then(give, give);
    };
    const fail = (fault: HopFault): void => end(new HopFaultError(hostKey.fault ?? fault));
    const timer = setTimeout(() => fail(timeoutFault(phase, hop, ssh.connect_timeout)), timeoutMs);
    sock.once('connect', () => {
      phase = 'greeting';
    });
    sock.once('end', () => {
      peerClosed = true;
    });

    const node = new NodeSSH();
    // node-ssh settles on the first error event, even where ssh2 carries on; the link's own watch decides instead.
    node
      .connect({
        sock,
        username: hop.user,
        readyTimeout: 0,
        keepaliveInterval: options.keepaliveMs,
        keepaliveCountMax: UNANSWERED,
        algorithms: offeredAlgorithms(hostKey.knownTypes, ssh.algorithms),
        hostVerifier: (key: Buffer) => hostKey.verify(key),
        authHandler: (left, _partial, next) => {
          for (const method of untried) {
            if (Array.isArray(left) && !left.includes(method.type)) continue;
            tried.push(method.label);
            return next(method.as(hop.user, () => fail(expiredFault(hop))));
          }
          fail(authFault(hop, tried, plan.notes, Array.isArray(left) ? left : undefined));
        },
      })
      .catch(() => {});
    const client = node.connection;
    if (client === null) throw new Error('node-ssh made no client');
    const link = watchLink(client, sock, (options.keepaliveMs * (UNANSWERED + 1)) / 1000);

    if (options.signal.aborted) return end(options.signal.reason);
    options.signal.addEventListener('abort', () => !open && end(options.signal.reason), { once: true });
    link.onDown((_why, error) => {
      const ssh2Error = levelOf(error);
      if (phase === 'auth' && typeof codeOf(error) === 'number') {
        return fail(authFault(hop, tried, plan.notes, undefined, error instanceof Error ? error.message : undefined));
      }
      const garbled = error !== undefined && ssh2Error !== 'client-socket' && !peerClosed;
      fail(garbled ? protocolFault(hop, error) : closedFault(phase, hop, error));
    });
    client.on('change password', () => fail(expiredFault(hop)));
    client.on('handshake', () => {
      phase = 'auth';
      recorded = hostKey.record();
      recorded.catch((error: unknown) =>
        fail(error instanceof HopFaultError ? error.fault : protocolFault(hop, error)),
      );
    });
    client.on('ready', () => {
      recorded.then(
        () => {
          clearTimeout(timer);
          open = true;
          resolve(link);
        },
        () => {},
      );
    });
  });
}
