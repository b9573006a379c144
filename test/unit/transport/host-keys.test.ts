import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SshSettings } from '../../../src/inventory/model.ts';
import { HostKeyError } from '../../../src/transport/errors.ts';
import type { AcceptedHostKey } from '../../../src/transport/host-key-check.ts';
import type { Session, Transport } from '../../../src/transport/session.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2-transport.ts';
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
    expect(error).toMatchObject({ hostKey: { verdict: 'unknown' }, message: expect.stringContaining('another type') });
    expect(other.authAttempts).toEqual([]);
    expect(accepted).toEqual([]);
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

describe('no check', () => {
  it('accepts any key and records nothing', async () => {
    home.trust(trusted(server.port, stranger));
    const before = readFileSync(home.knownHosts, 'utf8');
    chmodSync(home.knownHosts, 0o400);
    await connect({ host_key_checking: 'off' });
    expect(readFileSync(home.knownHosts, 'utf8')).toBe(before);
    expect(accepted).toEqual([]);
  });
});
