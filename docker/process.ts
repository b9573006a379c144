import { spawn } from 'node:child_process';

/** How a process ended. `code` is null when it was killed or could not be started. */
export interface ProcessResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  /** What it reads on standard input; nothing by default. */
  readonly input?: string;
  /** Milliseconds after which it is killed. */
  readonly timeout?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Debian keeps dockerd, debootstrap and iptables where a plain user's PATH does not look. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** The environment of every process the lab starts. */
export function labEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH, ...extra };
}

/** Runs a program to its end. Never rejects: a program that is not there is a result with code null. */
export function run(argv: readonly [string, ...string[]], options: ProcessOptions = {}): Promise<ProcessResult> {
  const [program, ...rest] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, rest, { env: labEnvironment(options.env), stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const timer = options.timeout === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.timeout);
    const end = (code: number | null, note = '') => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() + note });
    };
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (error) => end(null, error.message));
    child.on('close', (code) => end(code));
    // A program may end before it has read its input; its exit status tells what there is to tell.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
