import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SshSettings } from '../../../src/inventory/model.ts';
import { Secret } from '../../../src/inventory/secret.ts';
import { HostKeyError } from '../../../src/transport/errors.ts';
import { type AcceptedHostKey, addHostKeys } from '../../../src/transport/host-keys/host-key-check.ts';
import type { Session, Transport } from '../../../src/transport/session.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2/ssh2-transport.ts';
import { type TestHome, testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { startSshServer, type TestServer } from '../../support/ssh-server.ts';

const clientKey = testKey();
const hostKey = testKey();
const ecdsaKey = testKey('ecdsa');
const rsaKey = testKey('rsa');
const stranger = testKey();

let home: TestHome;
let server: TestServer;
let accepted: AcceptedHostKey[];
const opened: { close(): unknown }[] = [];

beforeEach(async () => {
  home = testHome(clientKey);
  accepted = [];
  server = await startSshServer({ hostKeys: [hostKey, ecdsaKey, rsaKey], authorizedKeys: [clientKey] });
  opened.push(server);
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  home.remove();
});

function transport(): Transport {
  const made = createSsh2Transport({ homeDirectory: home.directory, onHostKeyAccepted: (key) => accepted.push(key) });
  opened.push(made);
  return made;
}

const connect = (ssh: Partial<SshSettings> = {}, using = transport()): Promise<Session> =>
  using.connect(testHost(server.port, home, ssh));
const refusal = (ssh: Partial<SshSettings> = {}): Promise<unknown> => connect(ssh).catch((error: unknown) => error);

describe('a strict check', () => {
  it('refuses a key that is not known, shows its fingerprint, and sends nothing', async () => {
    const error = await refusal();
    expect(error).toBeInstanceOf(HostKeyError);
    expect(error).toMatchObject({
      kind: 'host-key',
      retryable: false,
      hop: 'target',
      hostKey: {
        verdict: 'unknown',
        name: `[127.0.0.1]:${server.port}`,
        fingerprint: expect.stringMatching(/^SHA256:/),
      },
      facts: { next: expect.stringContaining('accept-new') },
    });
    expect([server.authAttempts, server.commands]).toEqual([[], []]);
  });

  it('refuses a changed key and names file, line and both fingerprints', async () => {
    home.trust('# first', trusted(server.port, stranger));
    const error = await refusal();
    expect(error).toMatchObject({ hostKey: { verdict: 'changed', known: [{ file: home.knownHosts, line: 2 }] } });
    const message = error instanceof Error ? error.message : '';
    expect(message).toContain(`${home.knownHosts}:2`);
    expect(message.match(/SHA256:\S+/g)?.length).toBe(2);
    expect(server.authAttempts).toEqual([]);
  });

  it('refuses a revoked key, though it is known', async () => {
    home.trust(trusted(server.port, hostKey), `@revoked * ${hostKey.line}`);
    expect(await refusal()).toMatchObject({ hostKey: { verdict: 'revoked' } });
    expect(await refusal({ host_key_checking: 'off' })).toMatchObject({ hostKey: { verdict: 'revoked' } });
  });

  it('asks the server for the key type that is known', async () => {
    for (const key of [ecdsaKey, rsaKey, hostKey]) {
      home.trust(trusted(server.port, key));
      expect((await connect()).host.id).toBe('lb1');
    }
  });

  it('finds the key in the second of several files that ssh_config names', async () => {
    home.trust(trusted(server.port, hostKey));
    const files = ['/nonexistent/one', home.knownHosts];
    expect((await connect({ known_hosts_file: '/nonexistent/one', known_hosts_files: files })).host.id).toBe('lb1');
  });

  it('looks a host up by its alias, without a port', async () => {
    home.trust(`cluster-one ${hostKey.line}`, trusted(server.port, stranger));
    expect((await connect({ host_key_alias: 'Cluster-One' })).host.id).toBe('lb1');
    home.trust(trusted(server.port, hostKey));
    expect(await refusal({ host_key_alias: 'cluster-one' })).toMatchObject({ hostKey: { name: 'cluster-one' } });
  });

  it('knows a host on another port by its bare name, as ssh does, but not by an alias of that name', async () => {
    home.trust(`127.0.0.1 ${hostKey.line}`);
    expect((await connect()).host.id).toBe('lb1');
    home.trust(`127.0.0.1 ${stranger.line}`);
    expect(await refusal()).toMatchObject({ hostKey: { verdict: 'unknown' } });
    home.trust(`127.0.0.1 ${hostKey.line}`, trusted(server.port, stranger));
    expect(await refusal()).toMatchObject({ hostKey: { verdict: 'changed' } });
  });

  it('names the hop, the file and the line, and how to remove the old key', async () => {
    home.trust(trusted(server.port, stranger));
    expect(await refusal()).toMatchObject({
      facts: { host: 'lb1', next: expect.stringContaining(`-f ${home.knownHosts} -R '[127.0.0.1]:${server.port}'`) },
      hop: 'target',
    });
  });

  it('finds the key in the second of several files', async () => {
    home.trust(trusted(server.port, hostKey));
    expect((await connect({ known_hosts_file: `/nonexistent/one ${home.knownHosts}` })).host.id).toBe('lb1');
  });

  it('takes a path with a blank as one file where it exists', async () => {
    const file = join(home.directory, 'my hosts');
    writeFileSync(file, `${trusted(server.port, hostKey)}\n`);
    expect((await connect({ known_hosts_file: file })).host.id).toBe('lb1');
  });

  it('says that a certificate authority cannot vouch here', async () => {
    home.trust(`@cert-authority * ${hostKey.line}`);
    expect(await refusal()).toMatchObject({ facts: { next: expect.stringContaining('certificates') } });
  });
});

describe('accept-new', () => {
  const ssh = { host_key_checking: 'accept-new' } as const;

  it('records a new key once, in a private file, and tells', async () => {
    const file = join(home.directory, 'fresh', '.ssh', 'known_hosts');
    const using = transport();
    await Promise.all([1, 2, 3].map(() => connect({ ...ssh, known_hosts_file: file }, using)));
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines).toEqual([trusted(server.port, hostKey)]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(accepted).toMatchObject([{ name: `[127.0.0.1]:${server.port}`, keyType: 'ssh-ed25519', file }]);
    expect(existsSync(`${file}.lock`)).toBe(false);
    await connect({ known_hosts_file: file });
  });

  it('leaves what stood in the file as it was, and completes a last line', async () => {
    writeFileSync(home.knownHosts, `# mine\nlb9 ${stranger.line}`);
    await connect(ssh);
    expect(readFileSync(home.knownHosts, 'utf8')).toBe(
      `# mine\nlb9 ${stranger.line}\n${trusted(server.port, hostKey)}\n`,
    );
  });

  it('refuses a changed key, a key of another type than known, and a revoked one', async () => {
    for (const line of [trusted(server.port, stranger), `@revoked * ${hostKey.line}`]) {
      home.trust(line);
      expect(await refusal(ssh)).toBeInstanceOf(HostKeyError);
    }
    const other = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey] });
    opened.push(other);
    home.trust(trusted(other.port, ecdsaKey));
    const error = await transport()
      .connect(testHost(other.port, home, ssh))
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ hostKey: { verdict: 'changed' } });
    expect(error).toMatchObject({ message: expect.stringMatching(/known ecdsa-sha2-nistp256 .*shown ssh-ed25519 /) });
    expect(other.authAttempts).toEqual([]);
    expect(accepted).toEqual([]);
  });

  it('hashes the name where ssh_config says so', async () => {
    await connect({ ...ssh, hash_known_hosts: true });
    const text = readFileSync(home.knownHosts, 'utf8');
    expect(text).toMatch(/^\|1\|[^ ]+ ssh-ed25519 /);
    expect(text).not.toContain('127.0.0.1');
    expect((await connect()).host.id).toBe('lb1');
  });

  it('forgets what it would write to a device, and leaves the device alone', async () => {
    const before = statSync('/dev/null');
    await connect({ ...ssh, known_hosts_file: '/dev/null' });
    expect(existsSync('/dev/null.lock')).toBe(false);
    expect(statSync('/dev/null').rdev).toBe(before.rdev);
  });

  it('of many processes at once, and of ssh beside them, loses no line', async () => {
    const script = `
      import { addHostKeys } from ${JSON.stringify(new URL('../../../src/transport/host-keys/host-key-check.ts', import.meta.url))};
      const [, , file, key, ...names] = process.argv;
      for (const name of names) await addHostKeys(file, [{ name, blob: Buffer.from(key, 'base64'), hashed: false }], () => {});
    `;
    const file = join(home.directory, 'many');
    const program = join(home.directory, 'add.mts');
    writeFileSync(program, script);
    const blob = hostKey.line.split(' ')[1] ?? '';
    const names = (who: number): string[] => Array.from({ length: 20 }, (_, n) => `host-${who}-${n}`);
    const run = (who: number): Promise<number | null> =>
      new Promise((resolve) => {
        const words = ['--import', 'tsx', program, file, blob, ...names(who), 'shared'];
        spawn(process.execPath, words, { stdio: 'inherit' }).on('close', resolve);
      });
    const appending = (async () => {
      for (let n = 0; n < 20; n++) {
        appendFileSync(file, `other-${n} ${hostKey.line}\n`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    expect(await Promise.all([1, 2, 3].map(run))).toEqual([0, 0, 0]);
    await appending;
    const found = readFileSync(file, 'utf8').trim().split('\n');
    const expected = [...[1, 2, 3].flatMap(names), ...Array.from({ length: 20 }, (_, n) => `other-${n}`), 'shared'];
    expect(found.map((line) => line.split(' ')[0]).sort()).toEqual(expected.sort());
    expect(new Set(found.map((line) => line.split(' ').slice(1).join(' ')))).toEqual(new Set([hostKey.line]));
  });

  it('fails where the key cannot be recorded', async () => {
    mkdirSync(join(home.directory, 'known'));
    expect(await refusal({ ...ssh, known_hosts_file: join(home.directory, 'identity', 'known_hosts') })).toMatchObject({
      kind: 'host-key',
      message: expect.stringContaining('could not be recorded'),
    });
  });

  it('takes over the lock of a process that died', async () => {
    writeFileSync(`${home.knownHosts}.lock`, '');
    const { utimesSync } = await import('node:fs');
    utimesSync(`${home.knownHosts}.lock`, 0, 0);
    await connect(ssh);
    expect(accepted.length).toBe(1);
  });
});

describe('keys that are added', () => {
  const key = (name: string, { parsed } = hostKey) => ({ name, blob: parsed.getPublicSSH(), hashed: false });

  it('are judged again under the lock: one that is there is left out, a name with another key goes to the caller', async () => {
    home.trust(`lb1 ${hostKey.line}`, `lb2 ${stranger.line}`, `lb4 ${stranger.line}`, `@revoked * ${ecdsaKey.line}`);
    const before = readFileSync(home.knownHosts, 'utf8');
    const refused: string[] = [];
    const keys = [key('lb1'), key('lb2'), key('lb3'), key('lb3'), key('lb5', ecdsaKey)];
    const added = await addHostKeys(home.knownHosts, keys, ({ verdict }, { name }) =>
      refused.push(`${name} ${verdict}`),
    );
    expect(added.map(({ name }) => name)).toEqual(['lb3']);
    expect(refused).toEqual(['lb2 changed', 'lb5 revoked']);
    expect(readFileSync(home.knownHosts, 'utf8')).toBe(`${before}lb3 ${hostKey.line}\n`);
  });

  it('leave the file as it was where it cannot take the whole of them', async () => {
    home.trust(...Array.from({ length: 9 }, (_, n) => `lb${n} ${hostKey.line}`));
    const before = readFileSync(home.knownHosts, 'utf8');
    const blocks = Math.ceil((before.length + 1) / 512);
    const program = join(home.directory, 'add.mts');
    const blob = hostKey.line.split(' ')[1] ?? '';
    const module = new URL('../../../src/transport/host-keys/host-key-check.ts', import.meta.url);
    const keys = `Array.from({ length: 50 }, (_, n) => ({ name: 'new' + n, blob: Buffer.from('${blob}', 'base64'), hashed: false }))`;
    writeFileSync(
      program,
      `import { addHostKeys } from ${JSON.stringify(module)};\nawait addHostKeys(process.argv[2], ${keys}, () => {}).then(() => console.log('added'), (error) => console.log(error.message));\n`,
    );
    const words = [
      '-c',
      `ulimit -f ${blocks} && exec "$@"`,
      'sh',
      process.execPath,
      '--import',
      'tsx',
      program,
      home.knownHosts,
    ];
    const { stdout } = spawnSync('dash', words, { encoding: 'utf8', env: { ...process.env, TSX_DISABLE_CACHE: '1' } });
    expect(stdout).toContain('could not be recorded');
    expect(readFileSync(home.knownHosts, 'utf8')).toBe(before);
  });
});

describe('no check', () => {
  it('gives no password to a machine whose key changed where ssh_config turned the check off, as ssh', async () => {
    home.trust(trusted(server.port, stranger));
    const password = new Secret({ literal: 'pw' }, 'pw');
    const off = { host_key_checking: 'off', origins: { host_key_checking: 'ssh_config' } } as const;
    expect(await refusal({ ...off, password })).toMatchObject({ hostKey: { verdict: 'changed' } });
    expect(server.authAttempts).toEqual([]);
    expect((await connect(off)).host.id).toBe('lb1');
  });

  it('accepts any key and records nothing', async () => {
    home.trust(trusted(server.port, stranger));
    const before = readFileSync(home.knownHosts, 'utf8');
    chmodSync(home.knownHosts, 0o400);
    await connect({ host_key_checking: 'off' });
    expect(readFileSync(home.knownHosts, 'utf8')).toBe(before);
    expect(accepted).toEqual([]);
  });
});
