import type { Client, ClientChannel } from 'ssh2';

/** RFC 4254 asks for 32,768; a peer that announces less than this wedges or slows ssh2's send loop (its issue 1504). */
const LEAST_PACKET = 1024;

type Opened = (channel: object) => void;
const observed = new WeakMap<object, Map<number, Opened>>();

/** Whether a peer's announced packet size can be written to without harm. */
export function acceptsData(channel: object): boolean {
  const outgoing: unknown = Reflect.get(channel, 'outgoing');
  const size: unknown = typeof outgoing === 'object' && outgoing !== null ? Reflect.get(outgoing, 'packetSize') : 0;
  return typeof size === 'number' && size >= LEAST_PACKET;
}

/**
 * Runs a command on a new channel. `onRequested` is called as soon as the exec request has left, one round trip before
 * `onStarted`, so that input can follow right behind it; both get the same channel. ssh2 shows the channel only when
 * the server has answered, so its channel table is observed; where that table is not as known, `onRequested` comes
 * with `onStarted`. Throws when the connection is gone.
 */
export function execChannel(
  client: Client,
  command: string,
  onRequested: (channel: ClientChannel) => void,
  onStarted: (error: Error | undefined) => void,
): void {
  const table: unknown = Reflect.get(client, '_chanMgr');
  let requested = false;
  const request = (channel: ClientChannel): void => {
    if (requested) return;
    requested = true;
    onRequested(channel);
  };
  const seen = typeof table === 'object' && table !== null ? observe(table) : undefined;
  let id: unknown;
  client.exec(command, (error: Error | undefined, channel: ClientChannel) => {
    if (typeof id === 'number') seen?.delete(id);
    if (!error) request(channel);
    onStarted(error);
  });
  id = seen && table ? Reflect.get(table, '_cur') : undefined;
  if (typeof id === 'number') {
    seen?.set(id, (channel) => {
      // The exec request leaves in the same turn, after this notice.
      queueMicrotask(() => isClientChannel(channel) && request(channel));
    });
  }
}

function observe(table: object): Map<number, Opened> | undefined {
  const known = observed.get(table);
  if (known) return known;
  const update: unknown = Reflect.get(table, 'update');
  if (typeof update !== 'function') return undefined;
  const opened = new Map<number, Opened>();
  Reflect.set(table, 'update', (id: number, channel: object) => {
    update.call(table, id, channel);
    opened.get(id)?.(channel);
    opened.delete(id);
  });
  observed.set(table, opened);
  return opened;
}

function isClientChannel(channel: object): channel is ClientChannel {
  return 'stderr' in channel && 'write' in channel;
}
