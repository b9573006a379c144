import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type HostCall, prepareCall } from '../../../src/host/client.ts';
import { hostProgram } from '../../../src/host/program.ts';

const ALL_SHELLS: readonly (readonly string[])[] = [['dash'], ['bash', '--posix', '--norc'], ['busybox', 'ash']];

/** The shells that stand behind /bin/sh on hosts, each as the words that start it: those that this machine has. */
export const SHELLS = ALL_SHELLS.filter(([name]) => existsSync(`/bin/${name}`));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A scratch root, in which the program runs as it would on a host. Stubs come first in PATH. */
export class ScratchRoot {
  readonly directory = mkdtempSync(join(tmpdir(), 'haprov-host-'));
  readonly #bin = join(this.directory, 'bin');

  constructor() {
    for (const path of ['bin', 'etc', 'run', 'var/lib/haprov'])
      mkdirSync(this.path(path), { recursive: true, mode: 0o700 });
    // What a test does not stub must not reach the services of the machine that it runs on.
    for (const name of ['systemctl', 'systemd-run', 'journalctl']) this.stub(name, 'exit 0');
  }

  /** What processes of this host have. */
  get environment(): Readonly<Record<string, string>> {
    return { PATH: `${this.#bin}:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C', HAPROV_ROOT: this.directory };
  }

  /** A path of the host, in this root. */
  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** The text of a file; undefined where there is none. */
  read(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8') : undefined;
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** A command whose body is sh; `calls` has a line for each call. */
  stub(name: string, body: string): void {
    const path = join(this.#bin, name);
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >>"${this.path('calls')}"\n${body}\n`);
    chmodSync(path, 0o755);
  }

  /** The program as a file of this root; `change` may plant something in it. */
  program(change: (text: string) => string = (text) => text): string {
    const path = this.path('program.sh');
    writeFileSync(path, change(hostProgram().text));
    return path;
  }

  /** Puts the program where a call without it looks for it. */
  install(): void {
    const { text, sha256 } = hostProgram();
    const path = this.path(`var/lib/haprov/program/${sha256}.sh`);
    if (existsSync(path)) return;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text);
  }

  /** `sh PROGRAM words`, under a shell. */
  run(
    shell: readonly string[],
    words: readonly string[],
    stdin: string | Uint8Array = '',
    program = this.program(),
  ): Ended {
    return this.spawn(shell, [program, ...words], stdin);
  }

  /** A call as a session would run it: with the program on its way, or without. */
  call(shell: readonly string[], call: HostCall, carried: boolean): Ended {
    const { script, stdin } = prepareCall(call, carried, 'haprov-absent');
    return this.spawn(shell, ['-c', script.replaceAll('exec sh ', `exec ${shell.join(' ')} `)], stdin);
  }

  spawn(shell: readonly string[], words: readonly string[], stdin: string | Uint8Array = ''): Ended {
    const [program = 'sh', ...options] = shell;
    const { status, stdout, stderr } = spawnSync(`/bin/${program}`, [...options, ...words], {
      input: stdin,
      env: this.environment,
      encoding: 'utf8',
    });
    return { code: status ?? -1, stdout, stderr };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
