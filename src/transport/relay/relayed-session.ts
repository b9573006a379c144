import { setMaxListeners } from 'node:events';
import type { Host } from '../../inventory/model.ts';
import { LostConnectionError } from '../errors.ts';
import type { RunResult, Session } from '../session.ts';
import type { Relay } from './relay.ts';
import { unpackError } from './wire-errors.ts';

/** What a session on a relay needs to know. */
export interface RelayedSession {
  readonly host: Host;
  readonly relay: Relay;
  /** By which the relay knows it. */
  readonly session: number;
  readonly newId: () => number;
  /** The hop that the relay stands on. */
  readonly relayHop: string;
  /** How a hop beyond the relay is called here. */
  readonly nameBeyond: (hop: string) => string;
}

/** The session that a relay holds open. */
export function relayedSession({ host, relay, session, newId, relayHop, nameBeyond }: RelayedSession): Session {
  const lost = (why: string, mayHaveRun: boolean): LostConnectionError =>
    new LostConnectionError(why, relayHop, mayHaveRun, { host: host.id, action: 'run a script' });
  return {
    host,
    run: (script, { stdin, become = true, timeoutMs, signal, onStdout } = {}) =>
      new Promise<RunResult>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (relay.down !== undefined) return reject(lost(relay.down, false));
        const id = newId();
        const settled = (): void => signal?.removeEventListener('abort', abort);
        const abort = (): void => {
          relay.forget(id);
          relay.tell({ kind: 'cancel', id });
          settled();
          reject(signal?.reason);
        };
        if (signal) setMaxListeners(0, signal);
        signal?.addEventListener('abort', abort);
        const live = onStdout !== undefined;
        const request = { kind: 'run', id, session, become, timeoutMs: timeoutMs ?? null, live } as const;
        const parts = [Buffer.from(script), ...(stdin === undefined ? [] : [stdin])];
        relay.tell({ ...request, stdin: stdin !== undefined }, parts, {
          output: (text) => onStdout?.(text),
          done: (message, [stdout, stderr]) => {
            settled();
            if (message.kind === 'done')
              resolve({ code: message.code, stdout: stdout?.toString() ?? '', stderr: stderr?.toString() ?? '' });
            else if (message.kind === 'failed') reject(unpackError(message.error, nameBeyond));
          },
          lost: (why) => {
            settled();
            reject(lost(why, true));
          },
        });
      }),
    close: () => relay.tell({ kind: 'close', session }),
  };
}
