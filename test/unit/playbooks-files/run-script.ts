import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The shells that stand behind /bin/sh on the hosts: Debian's and the RHEL family's. */
export const SHELLS: readonly (readonly string[])[] = [['dash'], ['bash', '--posix']];

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory of its own with a shipped script in it, and a `bin` that comes first in PATH for stub commands. */
export class Bench {
  readonly directory = mkdtempSync(join(tmpdir(), 'haprov-script-'));
  readonly script = join(this.directory, 'script');
  readonly #bin = join(this.directory, 'bin');

  /** `replace` turns paths of a host into paths within the directory; each has to occur exactly once. */
  constructor(file: string, replace: Readonly<Record<string, string>> = {}) {
    mkdirSync(this.#bin);
    let text = readFileSync(new URL(`../../../playbooks/files/${file}`, import.meta.url), 'utf8');
    for (const [from, to] of Object.entries(replace)) {
      if (text.split(from).length !== 2) throw new Error(`${file} does not name ${from} exactly once`);
      text = text.replace(from, this.path(to));
    }
    writeFileSync(this.script, text);
    chmodSync(this.script, 0o755);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** A command that the script finds first; the text is the body of a POSIX sh script. */
  stub(command: string, body: string): void {
    const path = join(this.#bin, command);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  }

  /** `only`: nothing but the stubs is found, and what a shell has built in. */
  run(shell: readonly string[], args: readonly string[], only = false): Promise<Ended> {
    const [name = 'sh', ...options] = shell;
    const path = only ? this.#bin : `${this.#bin}:/usr/sbin:/usr/bin:/sbin:/bin`;
    return new Promise((resolve) => {
      const argv = [...options, this.script, ...args];
      execFile(`/bin/${name}`, argv, { env: { PATH: path }, timeout: 20_000 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      });
    });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
