import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import type { Hop, Host, SshSettings } from '../../inventory/model.ts';
import { type ConnectErrorKind, connectError, HopFaultError } from '../errors.ts';
import { authKey } from '../ssh2/auth.ts';
import { endpoint, hopName } from '../ssh2/faults.ts';
import type { Attempt, Link } from './link.ts';

/** The connections that a host's session stands on: jump hosts in order of travel, then the host itself. */
export interface Path<L extends Link> {
  readonly target: L;
  /** Names the hop that is down first on the way, `target` where none of the jump hosts is. */
  downHop(): string;
}

/** What paths are made with. */
export interface PathOptions<L extends Link> {
  /** One attempt to connect, check the host key and authenticate within connect_timeout; rejects with HopFaultError. */
  readonly openLink: (attempt: Attempt<L>) => Promise<L>;
  readonly keepaliveMs: number;
  /** Handshakes that may be pending at one sshd, and through one jump host. */
  readonly pendingHandshakes: number;
  /** Default: this machine's. */
  readonly clock?: Clock;
}

/** Times in milliseconds. */
interface Clock {
  now(): number;
  /** Rejects when the signal fires. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const CLOCK: Clock = { now: Date.now, pause: (ms, signal) => pause(ms, undefined, { signal }) };

/** Opens paths, sharing each jump connection among all hosts behind it until `close`. */
export interface Paths<L extends Link> {
  /** Rejects with ConnectError. */
  open(host: Host, signal: AbortSignal | undefined): Promise<Path<L>>;
  close(): void;
}

type Way<L extends Link> = Pick<Attempt<L>, 'hop' | 'via' | 'keepaliveMs'>;

/** How errors name a jump host: `jump 1 of 2 ops@bastion:22`. */
export function jumpLabel(hops: readonly Hop[], index: number): string {
  const hop = hops[index];
  if (hop === undefined) throw new RangeError(`there is no hop ${index}`);
  return `jump ${index + 1} of ${hops.length} ${hopName({ ...hop, host: hop.name ?? hop.host })}`;
}

/**
 * How often a server is tried that drops connections before the handshake, or refuses them: the one sheds load, the
 * other may just be restarting, and is more often simply not there.
 */
const ATTEMPTS: Partial<Readonly<Record<ConnectErrorKind, number>>> = { dropped: 6, refused: 3 };

/** Opens the way to hosts; see Paths. */
export function createPaths<L extends Link>(options: PathOptions<L>): Paths<L> {
  const { clock = CLOCK } = options;
  const jumps = new Map<string, Promise<L>>();
  const limits = new Map<string, LimitFunction>();
  const links = new Set<L>();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);

  const limited = (key: string, open: () => Promise<L>): Promise<L> => {
    const limit = limits.get(key) ?? pLimit(options.pendingHandshakes);
    limits.set(key, limit);
    return limit(open);
  };

  // Wait a little, each a different while, so that not all come back at once.
  const persist = async (way: Way<L>, ssh: SshSettings, signal: AbortSignal): Promise<L> => {
    const { via } = way;
    const giveUp = clock.now() + ssh.connect_timeout * 1000;
    for (let attempt = 1; ; attempt++) {
      try {
        signal.throwIfAborted();
        const link = await options.openLink({ ...way, ssh, signal });
        links.add(link);
        link.onDown(() => links.delete(link));
        return link;
      } catch (error) {
        const delay = 100 * 2 ** (attempt - 1) * (0.5 + Math.random());
        const attempts = error instanceof HopFaultError ? (ATTEMPTS[error.fault.kind] ?? 1) : 1;
        if (attempt >= attempts || via?.down || clock.now() + delay > giveUp) throw error;
        await clock.pause(delay, signal);
      }
    }
  };

  const jumpTo = (way: Way<L>, ssh: SshSettings, key: string, viaKey: string): Promise<L> => {
    const shared = jumps.get(key);
    if (shared) return shared;
    const opening = limited(way.via ? viaKey : endpoint(way.hop), () => persist(way, ssh, closing.signal));
    const forget = (): void => {
      if (jumps.get(key) === opening) jumps.delete(key);
    };
    jumps.set(key, opening);
    opening.then((link) => link.onDown(forget), forget);
    return opening;
  };

  const reach = async (host: Host, signal: AbortSignal, hops: { name: string; link: L }[]): Promise<Path<L>> => {
    const { ssh } = host;
    let key = '';
    for (const [index, hop] of ssh.proxy_jump.entries()) {
      const name = jumpLabel(ssh.proxy_jump, index);
      const settings = hop.ssh ?? ssh;
      const viaKey = key;
      key += ` ${hopName(hop)} ${sharingKey(settings)} ${hop.ssh?.host_key_alias ?? ''}`;
      // A silent jump host silences all that lies behind it: the earlier hop is to be found out first.
      const keepaliveMs = options.keepaliveMs * (1 - 0.5 ** (index + 1));
      const way = { hop, via: hops.at(-1)?.link, keepaliveMs };
      const link = await onBehalf(host, name, jumpTo(way, settings, key, viaKey));
      hops.push({ name, link });
    }
    const via = hops.at(-1)?.link;
    const hop = { user: ssh.user, host: ssh.hostname ?? host.address, port: ssh.port, name: host.address };
    const way = { hop, via, keepaliveMs: options.keepaliveMs };
    const reached = limited(via ? key : endpoint(hop), () => persist(way, ssh, signal));
    const target = await onBehalf(host, 'target', reached);
    return { target, downHop: () => hops.find(({ link }) => link.down !== undefined)?.name ?? 'target' };
  };

  const open = async (host: Host, signal: AbortSignal): Promise<Path<L>> => {
    const hops: { name: string; link: L }[] = [];
    try {
      return await reach(host, signal, hops);
    } catch (error) {
      // The jump connection was shared from before and turned out to be dead: a new one may lead there.
      if (signal.aborted || hops.every(({ link }) => link.down === undefined)) throw error;
      return await reach(host, signal, []);
    }
  };

  return {
    open: (host, signal) => unlessAborted(closing.signal, signal, (either) => open(host, either)),
    close() {
      closing.abort(new Error('the transport was closed'));
      for (const link of [...links].reverse()) link.close();
    },
  };
}

/** Tells settings apart that connect to a jump host differently, without holding their secrets. */
export function sharingKey(ssh: SshSettings): string {
  const { known_hosts_file, known_hosts_files, host_key_checking, connect_timeout, config_file } = ssh;
  const known = known_hosts_files ?? known_hosts_file;
  return JSON.stringify([authKey(ssh), known, host_key_checking, connect_timeout, config_file]);
}

async function onBehalf<L>(host: Host, hop: string, link: Promise<L>): Promise<L> {
  try {
    return await link;
  } catch (error) {
    throw error instanceof HopFaultError ? connectError(error.fault, host.id, hop) : error;
  }
}

/** The outcome of `work`, or the reason of the first of the signals that is aborted; `work` is told by the signal it gets. */
export function unlessAborted<T>(
  closing: AbortSignal,
  signal: AbortSignal | undefined,
  work: (either: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = AbortSignal.any(signal ? [closing, signal] : [closing]);
  setMaxListeners(0, either);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(either.reason);
    if (either.aborted) abort();
    either.addEventListener('abort', abort, { once: true });
    work(either)
      .then(resolve, reject)
      .finally(() => either.removeEventListener('abort', abort));
  });
}
