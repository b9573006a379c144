import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on the loopback interface that cuts a connection short. */
export interface CuttingProxy {
  readonly port: number;
  /** Bytes that went from the client to the server so far. */
  readonly upstream: number;
  close(): Promise<void>;
}

/**
 * Forwards to `port` until `limit` bytes have gone upstream: those arrive, what follows is lost and both sides are
 * closed.
 */
export async function startCuttingProxy(port: number, limit = Number.POSITIVE_INFINITY): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let upstream = 0;
  const server = createServer((client) => {
    const target = connect({ host: '127.0.0.1', port, noDelay: true });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        target.destroySoon();
      });
    }
    client.on('data', (chunk) => {
      const room = limit - upstream;
      upstream += chunk.length;
      if (chunk.length < room) return void target.write(chunk);
      target.end(chunk.subarray(0, Math.max(0, room)));
      client.destroy();
    });
    target.on('data', (chunk) => client.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    get upstream() {
      return upstream;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
