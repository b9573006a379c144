import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy before a server, that does to connections what networks and overloaded servers do. */
export interface TcpFront {
  readonly port: number;
  /** Connections so far, dropped ones among them. */
  readonly accepted: number;
  /** Resets all connections. */
  cut(): void;
  /** From now on nothing passes in either direction on the connections that stand, and neither side is told. */
  stall(): void;
  close(): Promise<void>;
}

/** Starts a front on a free port of `address`; `drop` says which connections are closed at once, counted from 1. */
export async function startTcpFront(
  target: { readonly port: number; readonly address: string },
  address: string,
  drop: (count: number) => boolean = () => false,
): Promise<TcpFront> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const keep = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  };
  const server = createServer((client) => {
    if (drop(++accepted)) {
      client.on('error', () => {});
      return void client.destroy();
    }
    const inner = connect({ host: target.address, port: target.port });
    keep(client, inner);
    keep(inner, client);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return {
    port: bound.port,
    get accepted() {
      return accepted;
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    stall: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A port that nothing listens on now. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return bound.port;
}
