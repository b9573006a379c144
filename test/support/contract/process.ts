import { type ChildProcess, spawn } from 'node:child_process';
import type { Host } from '../../../src/inventory/model.ts';
import type { TransportLimits } from '../../../src/transport/transport-limits.ts';
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
  /** Resolves when its script has begun on the host. */
  readonly started: Promise<void>;
  /** What it said and its exit status: `exit 3 (0)`. One that does not end is killed with the stage. */
  readonly outcome: Promise<string>;
}

/** Starts a process that uses a transport and should then end by itself. */
export function startTransportProcess(stage: Stage, use: ProcessUse): TransportProcess {
  const fixture = new URL('../transport-process.ts', import.meta.url).pathname;
  const words = [
    ...(use.wrapper ?? []),
    process.execPath,
    '--import',
    'tsx',
    fixture,
    use.client,
    JSON.stringify(use.host),
    stage.home.directory,
    use.how,
    JSON.stringify(use.limits ?? {}),
  ];
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, { env: use.env ?? process.env, detached: true });
  stage.keep({ close: () => child.kill('SIGKILL') });
  let said = '';
  let begin = (): void => {};
  const started = new Promise<void>((resolve) => {
    begin = resolve;
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
