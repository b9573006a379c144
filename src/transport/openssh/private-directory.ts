import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cleaner, startCleaner } from './cleaner.ts';
import { ALIVE, PREFIX, sweep } from './sweep.ts';

/** Where this process's control sockets are. Nobody else may enter it, and it does not outlive the process. */
export interface PrivateDirectory {
  readonly path: string;
  /** A path in it that was not given before. */
  fresh(): string;
  readonly cleaner: Cleaner;
  /** Safe to call twice. */
  remove(): void;
}

/** sun_path is 104 bytes on some systems; ssh puts a dot and 16 characters behind a ControlPath while it binds it. */
const LONGEST_BASE = 104 - 1 - 17 - `/${PREFIX}XXXXXX/99999`.length;

/**
 * Makes the directory, mode 0700, where the path is short enough for a socket: XDG_RUNTIME_DIR, the system's temporary
 * directory or /tmp. Directories of this user that were left by processes which died are removed. Throws the error of
 * the last place tried.
 */
export function makePrivateDirectory(
  env: NodeJS.ProcessEnv = process.env,
  bases: readonly (string | undefined)[] = [env['XDG_RUNTIME_DIR'], tmpdir(), '/tmp'],
): PrivateDirectory {
  const path = make(bases);
  const alive = listen(join(path, ALIVE));
  const cleaner = startCleaner(path);
  sweep(join(path, '..'));
  let count = 0;
  return {
    path,
    cleaner,
    fresh: () => join(path, String(++count)),
    remove: () => {
      alive.close();
      cleaner.end();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function make(bases: readonly (string | undefined)[]): string {
  let cause: unknown = new Error('no directory has a path short enough for a socket');
  for (const base of bases) {
    if (base === undefined || base === '' || Buffer.byteLength(base) > LONGEST_BASE) continue;
    try {
      if (statSync(base).isDirectory()) return mkdtempSync(join(base, PREFIX));
    } catch (error) {
      cause = error;
    }
  }
  throw cause;
}

function listen(path: string): Server {
  const server = createServer((socket) => socket.destroy());
  // A directory without it is swept by the next process once it is old; that is no reason to fail now.
  server.on('error', () => {});
  return server.listen(path).unref();
}
