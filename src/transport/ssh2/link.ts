import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { Downfall } from '../path/downfall.ts';
import type { Link } from '../path/link.ts';
import { levelOf } from './faults.ts';

/** A link made by ssh2. */
export interface Ssh2Link extends Link {
  readonly client: Client;
}

/** How long a peer may take to notice the goodbye before the socket is taken away. */
const CLOSE_MS = 1000;

/**
 * Watches a client for the rest of its life. The error listener stays: without one, a late error would end the process.
 * Errors of the agent are no errors of the connection.
 */
export function watchLink(client: Client, sock: Socket | Duplex, keepaliveSeconds: number): Ssh2Link {
  const life = new Downfall();
  client.on('error', (error) => {
    if (levelOf(error) === 'agent') return;
    const silent = levelOf(error) === 'client-timeout';
    life.fall(silent ? `no answer for ${keepaliveSeconds} s` : `the connection was lost (${error.message})`, error);
    sock.destroy();
  });
  client.on('end', () => life.fall('the connection was closed by the server'));
  client.on('close', () => life.fall('the connection was lost'));
  const close = (why = 'the connection was closed'): void => {
    life.fall(why);
    client.end();
    if (!(sock instanceof Socket)) return void sock.destroy();
    sock.destroySoon();
    setTimeout(() => sock.destroy(), CLOSE_MS).unref();
  };
  return Object.assign(life, { client, close });
}
