import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that makes a line long. */
export interface DelayProxy {
  /** On 127.0.0.1. */
  readonly port: number;
  close(): void;
}

/**
 * Starts a proxy to a server that adds `rttMs` to each round trip, that of the connection's beginning included. Bytes are
 * passed on in order, each chunk half a round trip after it came; how many there are costs nothing.
 */
export async function startDelayProxy(
  to: { readonly host: string; readonly port: number },
  rttMs: number,
): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    keep(near);
    // The server behind it hears of a connection when the third packet of its beginning arrives.
    setTimeout(() => {
      const far = connect({ ...to, allowHalfOpen: true });
      keep(far);
      delayed(near, far, rttMs / 2);
      delayed(far, near, rttMs / 2);
      near.resume();
    }, 1.5 * rttMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Timers of one length end in the order in which they were set. */
function delayed(from: Socket, to: Socket, ms: number): void {
  from.on('data', (bytes) => setTimeout(() => to.writable && to.write(bytes), ms));
  from.on('end', () => setTimeout(() => to.end(), ms));
  from.on('close', () => setTimeout(() => to.destroy(), ms));
}
