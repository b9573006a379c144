import { setTimeout as pause } from 'node:timers/promises';
import type { VipRequest } from '../vip-client/outages.ts';
import type { Vantage } from './client.ts';
import { startClient } from './client.ts';
import type { DrillClient } from './remote-client.ts';

/** A client at work, and what it has seen so far. */
export interface RequestLog {
  readonly requests: readonly VipRequest[];
  readonly note: string | undefined;
  /** Why the client ended by itself, once it has. */
  readonly ended: () => string | undefined;
  /** Every request of the last second was answered at once. */
  isCalm(): boolean;
  /** The last requests were answered, be it late. */
  answers(): boolean;
  stop(): Promise<void>;
}

const SLOW = 250;
/** A client sends 20 a second, a busy one fewer. */
const ENOUGH = 8;
/** Milliseconds: a slow client's last answer is no older. */
const FRESH = 450;

/** Starts to ask a target. `onRequest` is told of each request. */
export async function logRequests(
  vantage: Vantage,
  target: string,
  refusalIsAnswer: boolean,
  onRequest: (request: VipRequest) => void = () => undefined,
): Promise<RequestLog> {
  const requests: VipRequest[] = [];
  let why: string | undefined;
  const client: DrillClient = await startClient(vantage, target, refusalIsAnswer, (request) => {
    requests.push(request);
    onRequest(request);
  });
  void client.ended.then((reason) => {
    why = reason;
  });
  return {
    requests,
    note: client.note,
    ended: () => why,
    isCalm: () => {
      const now = Date.now();
      const last = requests.filter(({ start }) => start > now - 1100);
      // Those on their way tell nothing yet: while all hang, the last that ended are old.
      return (
        last.length >= ENOUGH &&
        last.some(({ start }) => start > now - FRESH) &&
        last.every(({ error, ms }) => error === null && ms <= SLOW)
      );
    },
    answers: () => requests.length >= ENOUGH && requests.slice(-ENOUGH).every(({ error }) => error === null),
    stop: () => client.stop(),
  };
}

/** Waits until it is so, `ms` at most, or the signal; tells whether it is. */
export async function until(isSo: () => boolean, ms: number, signal?: AbortSignal): Promise<boolean> {
  const end = Date.now() + ms;
  while (!isSo() && Date.now() < end && signal?.aborted !== true) await pause(50);
  return isSo();
}

/** Waits so long, or until the signal. */
export async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms > 0) await pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
