import { setMaxListeners } from 'node:events';
import type { Host } from '../../inventory/model.ts';
import { sharingKey } from '../path/path.ts';
import { type AnswerQuestion, type Relay, type RelayPipe, speakWith } from './relay.ts';

/** Relays by the jump hosts that they run on, each started when it is first needed, and anew when it was lost. */
export interface Relays {
  /** The relay on a jump host; undefined: on none that the way to a host names. */
  on(jump: Host | undefined): Promise<Relay>;
  /** Closes all of them. */
  close(): void;
}

/** Starts the process of a relay. */
export type StartRelay = (jump: Host | undefined, signal: AbortSignal) => Promise<RelayPipe>;

/** Relays whose questions `answer` answers. */
export function createRelays(start: StartRelay, answer: AnswerQuestion): Relays {
  const relays = new Map<string, Promise<Relay>>();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);

  const open = async (jump: Host | undefined): Promise<Relay> => {
    const relay = speakWith(await start(jump, closing.signal), answer);
    const close = (): void => relay.close('the connection was closed');
    if (closing.signal.aborted) close();
    else closing.signal.addEventListener('abort', close);
    return relay;
  };
  return {
    on: (jump) => {
      const key = jump === undefined ? '' : keyOf(jump);
      const shared = relays.get(key);
      if (shared !== undefined) return shared;
      const opening = open(jump);
      const forget = (): void => void (relays.get(key) === opening && relays.delete(key));
      relays.set(key, opening);
      opening.then((relay) => relay.onDown(forget), forget);
      return opening;
    },
    close: () => closing.abort(new Error('the transport was closed')),
  };
}

function keyOf({ address, ssh }: Host): string {
  return JSON.stringify([address, ssh.user, ssh.port, sharingKey(ssh)]);
}
