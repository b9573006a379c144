import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createReader } from '../../../../src/facts/reader/reader.ts';
import { type GuardFact, guardSubject } from '../../../../src/facts/state/guard.ts';
import { type HostCall, prepareCall } from '../../../../src/host/client.ts';
import type { LeaseTimes } from '../../../../src/rollout/lease/acquire-lease.ts';
import type { RunIdentity } from '../../../../src/rollout/lease/identity.ts';
import type { RunResult, Session } from '../../../../src/transport/session.ts';
import { HOST } from '../../facts/support.ts';

/** The shells that stand behind /bin/sh on the hosts. */
export { SHELLS } from '../../host/support.ts';

/** Leases that are asked for again at once; they last as usual. */
export const QUICK: LeaseTimes = { seconds: 60, renewMs: 20_000, pollMs: 20 };

/** A run of that token; the process is one that nobody can look for. */
export function identity(token: string, more: Partial<RunIdentity> = {}): RunIdentity {
  return {
    run: `run-${token}`,
    token: token.repeat(8),
    who: `${token}@ops`,
    why: `apply ${token}.yaml`,
    process: '',
    ...more,
  };
}

/** Two runs that want the same hosts. */
export const alice = identity('a');
export const bob = identity('b');

/** Nothing of the machine that the tests run on may be touched: its firewall, its services. */
const STUBS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['iptables', 'ip6tables', 'nft', 'firewall-cmd'].flatMap((name) =>
      [name, `${name}-save`, `${name}-restore`].map((one) => [one, 'exit 1']),
    ),
  ),
  systemctl: 'exit 0',
  journalctl: 'exit 0',
  // A service that is started, and not started again.
  'systemd-run': 'while [ "$1" != /bin/sh ]; do shift; done; setsid "$@" </dev/null >/dev/null 2>&1 &',
};

/** A directory that scripts take for a host: its state, its units, its commands. */
export class GuardedHost {
  readonly directory = mkdtempSync(join(tmpdir(), 'haprov-guard-'));
  /** What stands for its root. */
  readonly root = join(this.directory, 'root');
  readonly state = join(this.root, 'var/lib/haprov');
  readonly unit = join(this.root, 'etc/systemd/system/haprov-switch.service');
  /** Scripts that were run, in their order. */
  readonly ran: string[] = [];
  readonly #name: string;
  readonly #bin = join(this.directory, 'bin');

  constructor(name = 'lb1') {
    this.#name = name;
    for (const path of [this.#bin, dirname(this.unit), dirname(this.state), join(this.root, 'run')]) {
      mkdirSync(path, { recursive: true });
    }
    for (const [command, body] of Object.entries(STUBS)) this.stub(command, body);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  stub(command: string, body: string): void {
    const path = join(this.#bin, command);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  }

  /** What processes of this host have. */
  get environment(): Record<string, string> {
    return { LC_ALL: 'C', PATH: `${this.#bin}:/usr/sbin:/usr/bin:/sbin:/bin`, HAPROV_ROOT: this.root };
  }

  /** The words that run a verb of the program, once it is on this host. */
  words(call: HostCall): string {
    return prepareCall(call).script;
  }

  /** Runs a verb of the program, which comes with it. */
  call(call: HostCall, shell: readonly string[] = ['dash']): Promise<RunResult> {
    const { script, stdin } = prepareCall(call, true);
    return this.run(script, stdin, shell);
  }

  session(shell: readonly string[] = ['dash']): Session {
    const run: Session['run'] = (script, options = {}) => {
      this.ran.push(script);
      return this.run(script, options.stdin, shell);
    };
    return { host: { ...HOST, id: this.#name, name: this.#name }, run, close: () => undefined };
  }

  run(script: string, stdin: Uint8Array = new Uint8Array(), shell: readonly string[] = ['dash']): Promise<RunResult> {
    const [program = 'sh', ...options] = shell;
    return new Promise((resolve, reject) => {
      const child = spawn(
        `/bin/${program}`,
        [...options, '-c', script.replaceAll('exec sh ', `exec ${shell.join(' ')} `)],
        {
          // A process group of its own, as sshd gives it: a script may signal all of it.
          detached: true,
          env: this.environment,
        },
      );
      const result = { stdout: '', stderr: '' };
      child.stdout.on('data', (bytes: Buffer) => {
        result.stdout += bytes.toString();
      });
      child.stderr.on('data', (bytes: Buffer) => {
        result.stderr += bytes.toString();
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? -1, ...result }));
      child.stdin.on('error', () => undefined);
      child.stdin.end(stdin);
    });
  }

  guard(): Promise<GuardFact> {
    return createReader(this.session()).ask(guardSubject, 'guard');
  }

  /** A record as it stands on the host; undefined where there is none. */
  record(name: string): string | undefined {
    const path = join(this.state, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  write(name: string, text: string): void {
    const path = join(this.state, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // As on a host: whoever reads meanwhile sees the old one or the new one.
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  /** All that lies in the state directory and among the units, by its path there. */
  files(): string[] {
    const all = [this.state, dirname(this.unit)].flatMap((directory) =>
      existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }) : [],
    );
    // The program, which every run brings.
    return all.filter((name) => !name.startsWith('program')).sort();
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Waits for a condition. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
