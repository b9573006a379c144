import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Cleaner } from './cleaner.ts';
import { type MasterLog, readMasterLog } from './log.ts';

/** A running master. */
export interface Master {
  readonly socket: string;
  /** Settles when the process is gone; never rejects. */
  readonly gone: Promise<void>;
  readonly isGone: boolean;
  /** Why it could not be started. */
  readonly spawnError: Error | undefined;
  /** What it and the commands under it wrote to stderr last. */
  readonly stderr: string;
  readLog(): Promise<MasterLog>;
  end(): void;
}

/** How long a master may take to say goodbye. */
const END_MS = 1000;
const STDERR_KEPT = 16 * 1024;

/** The log that stands beside a control socket. */
export function logOf(socket: string): string {
  return `${socket}.log`;
}

/**
 * Starts a master in a session of its own: neither a Ctrl-C of the terminal nor a question at it reaches the process.
 * The cleaner ends it should this process die.
 */
export function startMaster(
  program: string,
  words: readonly string[],
  socket: string,
  env: NodeJS.ProcessEnv,
  cleaner: Cleaner,
): Master {
  let stderr = '';
  let isGone = false;
  let spawnError: Error | undefined;
  const child = spawn(program, words, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const { pid } = child;
  if (pid !== undefined) cleaner.add(pid);
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  const gone = new Promise<void>((resolve) => {
    const leave = (): void => {
      isGone = true;
      if (pid !== undefined) cleaner.forget(pid);
      resolve();
    };
    child.on('error', (error) => {
      spawnError = error;
      if (pid === undefined) leave();
    });
    child.on('exit', leave);
    // A ProxyCommand that outlives its master may hold the pipe open.
    child.on('exit', () => setTimeout(() => child.stderr.destroy(), END_MS).unref());
  });
  return {
    socket,
    gone,
    get isGone() {
      return isGone;
    },
    get spawnError() {
      return spawnError;
    },
    get stderr() {
      return stderr;
    },
    readLog: async () => readMasterLog(await readFile(logOf(socket), 'utf8').catch(() => '')),
    end: () => {
      if (isGone) return;
      child.kill('SIGTERM');
      setTimeout(() => isGone || child.kill('SIGKILL'), END_MS).unref();
    },
  };
}
