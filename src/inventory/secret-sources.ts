import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Where secrets come from outside the inventory. Each rejects with an Error whose message holds no secret. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readFile(path: string): Promise<string>;
  /** Standard output of a program that ended with status 0. */
  runCommand(argv: readonly string[], directory: string): Promise<string>;
  prompt(text: string): Promise<string>;
}

/** A secret's length, in bytes, at most. */
const MAX_SECRET = 64 * 1024;
const COMMAND_TIMEOUT_MS = 60_000;

/** This machine's environment, files and programs. Asking a person is the command line's part. */
export function localSources(): SecretSources {
  return {
    env: process.env,
    readFile: readSecretFile,
    runCommand,
    prompt: () => Promise.reject(new Error('nobody can be asked here')),
  };
}

async function readSecretFile(path: string): Promise<string> {
  // A pipe would be waited for.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) throw new Error('it is not a regular file');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_SECRET + 1), 0, MAX_SECRET + 1);
    if (bytesRead > MAX_SECRET) throw new Error('it is larger than 64 KiB');
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Without a shell; the terminal's input is left to it, so that it can ask for a passphrase of its own. */
function runCommand(argv: readonly string[], directory: string): Promise<string> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: directory, stdio: ['inherit', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    // Its own children may outlive it and hold the pipes; with the pipes closed they end too.
    const stop = (reason: string): void => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      reject(new Error(`${program} ${reason}`));
    };
    const timer = setTimeout(stop, COMMAND_TIMEOUT_MS, `did not end within ${COMMAND_TIMEOUT_MS / 1000} s`);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.length > MAX_SECRET) stop('printed more than 64 KiB');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(0, 2000);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`cannot run ${program}: ${'code' in error ? String(error.code) : error.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(stdout);
      else reject(new Error(`${program} ended with ${signal ?? `status ${code}`}${firstLine(stderr)}`));
    });
  });
}

function firstLine(text: string): string {
  const line = (text.split('\n').find((one) => one.trim() !== '') ?? '').replace(/\p{Cc}/gu, ' ').trim();
  return line === '' ? '' : `: ${line.slice(0, 200)}`;
}
