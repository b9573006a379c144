import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A listening socket as the lock: the kernel lets only one have the name, and frees it when its process ends. */
function tryTake(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((visitor) => visitor.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    // The leading NUL is Linux's abstract namespace (unix(7)): no file is made, none is left behind.
    server.listen(`\0haprov-lab/${name}`, () => resolve(server));
  });
}

/** Runs `work` while no other process of this machine holds a lock of the same name; waits as long as one does. */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  let server = await tryTake(name);
  while (server === undefined) {
    await sleep(200);
    server = await tryTake(name);
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}
