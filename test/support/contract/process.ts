import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Host } from '../../../src/inventory/model.ts';
import type { TransportLimits } from '../../../src/transport/path/transport-limits.ts';
import type { Rig, Stage } from './stage.ts';

/** How a process is to use a transport; see transport-process.ts. */
export interface ProcessUse {
  readonly client: Rig['client'];
  readonly host: Host;
  readonly how: 'run' | 'abandon' | 'timeout' | 'wait';
  readonly limits?: Partial<TransportLimits>;
  /** Words to run node with, in front of it. */
  readonly wrapper?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** A process that uses a transport. */
export interface TransportProcess {
  readonly child: ChildProcess;
  /** Resolves when its script has begun on the host, with false where the process ended before. */
  readonly started: Promise<boolean>;
  /** What it said and its exit status: `exit 3 (0)`. One that does not end is killed with the stage. */
  readonly outcome: Promise<string>;
}

const SOURCE = new URL('../transport-process.ts', import.meta.url).pathname;
/** Where what is built finds this project's packages. */
const BUILT = new URL('../../../node_modules/.cache/haprov/', import.meta.url).pathname;

/** Clients that look for further programs beside their sources. */
const SOURCES: ReadonlySet<string> = new Set(['relay']);

let built: string | undefined;

/** The program in one file: most of what these processes cost would be the loading of sources. */
function program(): string {
  const options = { bundle: true, platform: 'node', format: 'esm', packages: 'external', write: false } as const;
  const [file] = buildSync({ ...options, entryPoints: [SOURCE] }).outputFiles;
  if (file === undefined) throw new Error('nothing was built');
  const path = join(BUILT, `transport-process-${createHash('sha256').update(file.contents).digest('hex')}.mjs`);
  if (existsSync(path)) return path;
  mkdirSync(BUILT, { recursive: true });
  // Several test files may do this at once.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, file.contents);
  renameSync(draft, path);
  return path;
}

/** Starts a process that uses a transport and should then end by itself. */
export function startTransportProcess(stage: Stage, use: ProcessUse): TransportProcess {
  built ??= program();
  const words = [
    ...(use.wrapper ?? []),
    process.execPath,
    ...(SOURCES.has(use.client) ? ['--import', 'tsx', SOURCE] : [built]),
    use.client,
    JSON.stringify(use.host),
    stage.home.directory,
    use.how,
    JSON.stringify(use.limits ?? {}),
  ];
  const [first = '', ...rest] = words;
  const child = spawn(first, rest, { env: use.env ?? process.env, detached: true });
  stage.keep({ close: () => child.kill('SIGKILL') });
  let said = '';
  let begin = (): void => {};
  const started = new Promise<boolean>((resolve) => {
    begin = () => resolve(true);
    child.on('close', () => resolve(false));
  });
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
    if (said.startsWith('started\n')) begin();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const outcome = new Promise<string>((resolve) => {
    child.on('close', (code) => resolve(`${said.trim()} (${code})`));
  });
  return { child, started, outcome };
}
