import { spawn } from 'node:child_process';
import { lstatSync, readdirSync, rmSync, type Stats } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';

export const PREFIX = 'haprov-ssh-';
/** The socket in a private directory that its owner listens on as long as it lives. */
export const ALIVE = 'alive';

/** A directory whose owner does not listen yet may be just being made. */
const YOUNG_MS = 60_000;

/**
 * Removes what dead haprov processes of this user left in `base`, and ends the connections that still stand there. An
 * owner is alive if it answers on its socket; process numbers would lie where several containers share a directory.
 * Returns at once and reports nothing: what is left over, the next process finds.
 */
export function sweep(base: string, ssh = 'ssh'): void {
  for (const name of names(base)) {
    if (!name.startsWith(PREFIX)) continue;
    const directory = join(base, name);
    const found = look(directory);
    if (!found?.isDirectory() || found.uid !== process.getuid?.()) continue;
    const socket = connect(join(directory, ALIVE));
    socket.on('connect', () => socket.destroy());
    socket.on('error', (error) => {
      const code = codeOf(error);
      const old = Date.now() - found.mtimeMs > YOUNG_MS;
      if (code === 'ECONNREFUSED' || (code === 'ENOENT' && old)) void clear(directory, ssh);
    });
    socket.unref();
  }
}

/** The cleaner died as well, else there would be no directory: masters may be left. */
async function clear(directory: string, ssh: string): Promise<void> {
  const sockets = names(directory).filter((name) => name !== ALIVE && look(join(directory, name))?.isSocket());
  await Promise.all(sockets.map((name) => askToExit(join(directory, name), ssh)));
  rmSync(directory, { recursive: true, force: true });
}

function askToExit(socket: string, ssh: string): Promise<void> {
  return new Promise((resolve) => {
    const exit = spawn(ssh, ['-F', '/dev/null', '-S', socket, '-O', 'exit', 'haprov'], { stdio: 'ignore' });
    exit.on('error', () => resolve());
    exit.on('exit', () => resolve());
    exit.unref();
  });
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
