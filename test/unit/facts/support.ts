import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Subject } from '../../../src/facts/reader/subject.ts';
import type { Host } from '../../../src/inventory/model.ts';
import type { RunResult, Session } from '../../../src/transport/session.ts';

/** The shells that stand behind /bin/sh on the hosts: Debian's and the RHEL family's. */
export const SHELLS: readonly (readonly string[])[] = [['dash'], ['bash', '--posix']];

export const HOST: Host = {
  id: 'lb1',
  name: 'lb1',
  cluster: 'web',
  address: '192.0.2.1',
  become: false,
  ssh: {
    user: 'root',
    port: 22,
    known_hosts_file: '/dev/null',
    host_key_checking: 'strict',
    proxy_jump: [],
    connect_timeout: 10,
  },
};

/** What a subject makes of the kept answer of a real host. */
export function parseFixture<K, V>(subject: Subject<K, V>, file: string, keys: readonly K[]): readonly V[] {
  return subject.parse(readFileSync(new URL(`../../fixtures/facts/${file}.txt`, import.meta.url), 'utf8'), keys);
}

/** What a subject makes of this very machine, asked through a shell. */
export function askHere<K, V>(
  subject: Subject<K, V>,
  keys: readonly K[],
  shell: readonly string[] = ['dash'],
  path?: string,
): readonly V[] {
  const [program = 'sh', ...options] = shell;
  const env = { LC_ALL: 'C', PATH: path ?? '/usr/sbin:/usr/bin:/sbin:/bin' };
  return subject.parse(
    execFileSync(`/bin/${program}`, options, { input: subject.script(keys), encoding: 'utf8', env }),
    keys,
  );
}

/** A session whose scripts are run by a shell of this machine, from standard input as on a host. */
export function shellSession(
  shell: readonly string[],
  seen: string[] = [],
  path = '/usr/sbin:/usr/bin:/sbin:/bin',
): Session {
  const [program = 'sh', ...options] = shell;
  const run: Session['run'] = (script) =>
    new Promise<RunResult>((resolve, reject) => {
      seen.push(script);
      const child = spawn(`/bin/${program}`, options, { env: { LC_ALL: 'C', PATH: path } });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
      child.stdin.end(script);
    });
  return { host: HOST, run, close: () => undefined };
}
