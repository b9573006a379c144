import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestKey, testKey } from './ssh-keys.ts';

const BINARY = '/usr/sbin/sshd';

/** Whether OpenSSH's server is on this machine, and may be started by this user. */
export const sshdIsThere = existsSync(BINARY) && process.getuid?.() === 0;

/** A real sshd on the loopback interface. */
export interface Sshd {
  readonly port: number;
  /** Its public host keys as in known_hosts. */
  readonly hostKeys: readonly string[];
  close(): Promise<void>;
}

/** Takes long to make: all servers of a test file have the same. */
let rsaKey: TestKey | undefined;

/** Starts an sshd that lets `user`'s keys in; `options` are lines of sshd_config. */
export async function startSshd(
  directory: string,
  name: string,
  authorizedKeys: readonly string[],
  options: readonly string[] = [],
): Promise<Sshd> {
  const own = join(directory, name);
  mkdirSync(join(own, 'home'), { recursive: true });
  mkdirSync('/run/sshd', { recursive: true });
  chmodSync('/run/sshd', 0o755);
  writeFileSync(join(own, 'authorized_keys'), `${authorizedKeys.join('\n')}\n`);
  const hostKeys = ['ed25519', 'ecdsa', 'rsa'].map((type) => {
    const file = join(own, `host_${type}`);
    if (type === 'rsa') {
      rsaKey ??= testKey('rsa');
      writeFileSync(file, rsaKey.private, { mode: 0o600 });
      writeFileSync(`${file}.pub`, `${rsaKey.public}\n`);
    } else spawnSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
    return {
      file,
      line: spawnSync('cat', [`${file}.pub`], { encoding: 'utf8' })
        .stdout.split(' ')
        .slice(0, 2)
        .join(' '),
    };
  });
  const config = [
    'ListenAddress 127.0.0.1',
    ...hostKeys.map(({ file }) => `HostKey ${file}`),
    `AuthorizedKeysFile ${join(own, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    // The tester's own rc files are no part of the test.
    `SetEnv HOME=${join(own, 'home')}`,
    ...options,
  ];
  writeFileSync(join(own, 'config'), `${config.join('\n')}\n`);
  const { child, port } = await listening(join(own, 'config'));
  return {
    port,
    hostKeys: hostKeys.map(({ line }) => line),
    close: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null)
        await new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts it on a free port; on another one where somebody else was faster, which ends sshd. */
async function listening(config: string): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = await freePort();
    const child = spawn(BINARY, ['-D', '-e', '-f', config, '-p', String(port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ready = await new Promise<boolean>((resolve) => {
      child.stderr.on('data', (said: Buffer) => said.includes(`listening on 127.0.0.1 port ${port}`) && resolve(true));
      child.once('exit', () => resolve(false));
    });
    if (ready) return { child, port };
  }
  throw new Error('sshd does not listen');
}
