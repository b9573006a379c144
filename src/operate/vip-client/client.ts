import { get } from 'node:http';
import { get as getTls } from 'node:https';
import { connect } from 'node:net';
import { LATE, type VipRequest } from './outages.ts';

export interface VipClientOptions {
  /** http://10.0.0.100/, https: or tcp://10.0.0.100:22; an IPv6 address in brackets. No certificate is judged. */
  readonly targets: readonly string[];
  /** Milliseconds between two requests to the same target; default 50, twenty a second. */
  readonly everyMs?: number;
  /** Milliseconds in which an answer has to come; default 1000. They begin anew where this process stood still meanwhile. */
  readonly timeoutMs?: number;
  /** Whether an HTTP status is an answer; default 200 alone. */
  readonly isAnswer?: (status: number) => boolean;
  /** A refused connection is an answer too: where nothing listens, it shows that the address is there. */
  readonly refusalIsAnswer?: boolean;
  /** Told of each request once it has ended, in that order. */
  readonly onRequest: (request: VipRequest) => void;
}

/** A client at work. */
export interface VipClient {
  /** Asks no more; resolves once its last requests have ended. */
  stop(): Promise<void>;
}

interface Pending {
  readonly target: string;
  readonly start: number;
  /** The longest that this process itself was late meanwhile. */
  lagMs: number;
}

type End = (error: string | null) => void;

const EVERY_MS = 50;
const TIMEOUT_MS = 1000;

/**
 * Asks each target on a fixed schedule, however long the earlier requests take, each over a connection of its own. What
 * this process could not send in time is left out, not sent in a burst: it would say nothing of its own moment.
 */
export function startVipClient(options: VipClientOptions): VipClient {
  const { targets, everyMs = EVERY_MS, timeoutMs = TIMEOUT_MS, onRequest } = options;
  const pending = new Set<Pending>();
  const begun = Date.now();
  let ticks = 0;
  let timer: NodeJS.Timeout | undefined;
  let onIdle: (() => void) | undefined;

  const send = (target: string, start: number, lagMs: number): void => {
    const request: Pending = { target, start, lagMs };
    pending.add(request);
    const end: End = (error) => {
      if (!pending.delete(request)) return;
      clearTimeout(late);
      onRequest({ ...request, ms: Date.now() - start, error });
      cancel();
      if (pending.size === 0) onIdle?.();
    };
    let due = Date.now() + timeoutMs;
    const giveUp = (): void => {
      const now = Date.now();
      if (now - due <= LATE) {
        // An answer that has come already, and was not read since this process was late, counts: sockets are read before.
        setImmediate(() => end('timeout'));
        return;
      }
      // Where the whole machine stood still, so did whoever is to answer on it.
      due = now + timeoutMs;
      late.refresh();
    };
    const late = setTimeout(giveUp, timeoutMs);
    const cancel = ask(new URL(target), options, end);
  };
  const tick = (): void => {
    const now = Date.now();
    const lagMs = now - (begun + ticks * everyMs);
    for (const request of pending) request.lagMs = Math.max(request.lagMs, lagMs);
    for (const target of targets) send(target, now, lagMs);
    ticks = Math.max(ticks + 1, Math.ceil((Date.now() - begun) / everyMs));
    timer = setTimeout(tick, Math.max(0, begun + ticks * everyMs - Date.now()));
  };
  tick();
  return {
    stop: async () => {
      clearTimeout(timer);
      if (pending.size > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve;
        });
      }
    },
  };
}

/** Gives what breaks the request off. */
function ask(url: URL, { isAnswer = (status) => status === 200, refusalIsAnswer }: VipClientOptions, end: End) {
  const fail = (error: Error): void => {
    const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
    end(reason === 'ECONNREFUSED' && refusalIsAnswer === true ? null : reason);
  };
  if (url.protocol === 'tcp:') {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) });
    socket.on('connect', () => end(null));
    socket.on('error', fail);
    return () => socket.destroy();
  }
  const send = url.protocol === 'https:' ? getTls : get;
  const request = send(url, { agent: false, rejectUnauthorized: false }, (response) => {
    response.on('error', fail);
    response.on('aborted', () => end('cut off'));
    response.on('end', () => end(isAnswer(response.statusCode ?? 0) ? null : `HTTP ${response.statusCode}`));
    response.resume();
  });
  request.on('error', fail);
  return () => request.destroy();
}
