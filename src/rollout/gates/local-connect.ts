import { createConnection } from 'node:net';

/** Connects from this machine and sends nothing; silent too where there is no way to the address. */
export function connectFromHere(address: string, port: number, ms: number): Promise<'open' | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port });
    const end = (result: 'open' | 'refused' | 'silent'): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(ms, () => end('silent'));
    socket.on('connect', () => end('open'));
    socket.on('error', (error) => end('code' in error && error.code === 'ECONNREFUSED' ? 'refused' : 'silent'));
  });
}
