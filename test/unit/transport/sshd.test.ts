import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SshSettings } from '../../../src/inventory/model.ts';
import { LostConnectionError, RunTimeoutError } from '../../../src/transport/errors.ts';
import type { Session, Transport } from '../../../src/transport/session.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2-transport.ts';
import { testHome, testHost } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { type Sshd, sshdIsThere, startSshd } from '../../support/sshd.ts';

describe.runIf(sshdIsThere)('against OpenSSH’s own server (needs sshd and root)', () => {
  const clientKey = testKey();
  const home = testHome(clientKey);
  let target: Sshd;
  let jump: Sshd;
  let second: Sshd;
  const transports: Transport[] = [];

  beforeAll(async () => {
    target = await startSshd(home.directory, 'target', [clientKey.public], ['MaxSessions 2']);
    jump = await startSshd(home.directory, 'jump', [clientKey.public]);
    second = await startSshd(home.directory, 'second', [clientKey.public]);
    const lines = [target, jump, second].flatMap(({ port, hostKeys }) =>
      hostKeys.map((key) => `[127.0.0.1]:${port} ${key}`),
    );
    home.trust(...lines);
  });
  afterEach(() => {
    for (const transport of transports.splice(0)) transport.close();
  });
  afterAll(async () => {
    for (const sshd of [target, jump, second]) await sshd?.close();
    home.remove();
  });

  const connect = (ssh: Partial<SshSettings> = {}, port = target.port): Promise<Session> => {
    const transport = createSsh2Transport({ homeDirectory: home.directory });
    transports.push(transport);
    return transport.connect(testHost(port, home, { user: 'root', ...ssh }));
  };
  const hop = ({ port }: Sshd) => ({ user: 'root', host: '127.0.0.1', port });

  it('a run gives exact output, error output and status', async () => {
    const session = await connect();
    const stdin = Buffer.from([...Array(3).keys()].map((n) => `line ${n}\n`).join(''));
    const result = await session.run('cat; printf last; echo bad >&2; exit 9', { stdin });
    expect(result).toEqual({ code: 9, stdout: 'line 0\nline 1\nline 2\nlast', stderr: 'bad\n' });
  });

  it('large input and output arrive whole', async () => {
    const session = await connect();
    const stdin = Buffer.alloc(10 * 1024 * 1024, 'haprov\n');
    const { stdout } = await session.run('cat', { stdin });
    expect(stdout === stdin.toString()).toBe(true);
  });

  it('more runs at once than MaxSessions allows are all done', async () => {
    const session = await connect();
    const codes = await Promise.all(Array.from({ length: 8 }, (_, n) => session.run(`sleep 0.02; exit ${n}`)));
    expect(codes.map(({ code }) => code)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('each key type of the server can be the known one, plain or hashed', async () => {
    for (const key of target.hostKeys) {
      const own = testHome(clientKey);
      own.trust(`[127.0.0.1]:${target.port} ${key}`);
      spawnSync('ssh-keygen', ['-H', '-f', own.knownHosts]);
      expect(readFileSync(own.knownHosts, 'utf8')).toMatch(/^\|1\|/);
      expect((await connect({ known_hosts_file: own.knownHosts })).host.id).toBe('lb1');
      own.remove();
    }
  });

  it('a chain of two jump hosts leads there', async () => {
    const session = await connect({ proxy_jump: [hop(jump), hop(second)] });
    expect((await session.run('echo through; exit 2')).code).toBe(2);
  });

  it('forty connections at once lose none to MaxStartups', async () => {
    const transport = createSsh2Transport({ homeDirectory: home.directory });
    transports.push(transport);
    const codes = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const session = await transport.connect({ ...testHost(target.port, home, { user: 'root' }), id: `lb${n}` });
        return (await session.run(`exit ${n}`)).code;
      }),
    );
    expect(codes).toEqual(Array.from({ length: 40 }, (_, n) => n));
  }, 60_000);

  it('a script that outlives its time, and a killed sshd child, are typed errors', async () => {
    const session = await connect();
    await expect(session.run('sleep 60', { timeoutMs: 100 })).rejects.toThrow(RunTimeoutError);
    expect((await session.run('exit 1')).code).toBe(1);
    const killed = session.run('kill -9 $PPID; sleep 1');
    await expect(killed).rejects.toThrow(LostConnectionError);
  });

  it('a wrong key and a wrong user are told apart', async () => {
    const stranger = testHome(testKey());
    await expect(connect({ identity_file: join(stranger.directory, 'identity') })).rejects.toMatchObject({
      kind: 'auth',
    });
    await expect(connect({ user: 'no-such-user' })).rejects.toMatchObject({ kind: 'auth' });
    stranger.remove();
  });

  it('a target with forwarding switched off is no jump host', async () => {
    const closed = await startSshd(home.directory, 'closed', [clientKey.public], ['AllowTcpForwarding no']);
    const own = testHome(clientKey);
    own.trust(...closed.hostKeys.map((key) => `[127.0.0.1]:${closed.port} ${key}`));
    await expect(connect({ proxy_jump: [hop(closed)], known_hosts_file: own.knownHosts })).rejects.toMatchObject({
      kind: 'forward',
      hop: 'target',
      retryable: false,
    });
    own.remove();
    await closed.close();
  });
});
