import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SshSettings } from '../../../src/inventory/model.ts';
import { Secret } from '../../../src/inventory/secret.ts';
import { asksForNewPassword } from '../../../src/transport/ssh2/faults.ts';
import { isEncrypted } from '../../../src/transport/ssh2/key-file.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2/ssh2-transport.ts';
import { type TestHome, testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { type TestKey, testKey } from '../../support/ssh-keys.ts';
import { type ServerBehaviour, startSshServer, type TestServer } from '../../support/ssh-server.ts';

/** A busy machine takes its time. */
const PATIENT = { timeout: 60_000 };

const CANARY = 'C4nary-passphrase';
const right = testKey();
const wrong = testKey('ecdsa');
const hostKey = testKey();
const literal = (value: string): Secret => new Secret({ literal: value });

let home: TestHome;
let server: TestServer;
const opened: { close(): unknown }[] = [];

beforeEach(() => {
  home = testHome(right);
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  home.remove();
});

async function serve(behaviour: ServerBehaviour = {}): Promise<void> {
  server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [right], ...behaviour });
  home.trust(trusted(server.port, hostKey));
  opened.push(server);
}

/** `in`, or the error. */
async function login(ssh: Partial<SshSettings> & { noIdentity?: true }, agentSocket?: string): Promise<unknown> {
  const transport = createSsh2Transport({ homeDirectory: home.directory, agentSocket });
  opened.push(transport);
  const host = testHost(server.port, home, ssh);
  const { identity_file: _none, ...others } = host.ssh;
  return transport.connect({ ...host, ssh: ssh.noIdentity ? others : host.ssh }).then(
    async (session) => ((await session.run('true')).code === 0 ? 'in' : 'odd'),
    (error: unknown) => error,
  );
}

function saveKey(name: string, key: TestKey): string {
  mkdirSync(join(home.directory, '.ssh'), { recursive: true });
  const file = join(home.directory, '.ssh', name);
  writeFileSync(file, key.private, { mode: 0o600 });
  return file;
}

describe('logging in with a key file', () => {
  it.each(['ed25519', 'ecdsa', 'rsa'] as const)('works with an %s key', async (type) => {
    const key = testKey(type);
    await serve({ authorizedKeys: [key] });
    expect(await login({ identity_file: saveKey('key', key) })).toBe('in');
  });

  it.each([[[]], [['-m', 'PEM']], [['-m', 'PKCS8']]])('works with what ssh-keygen writes (%j)', async (format) => {
    const file = join(home.directory, 'generated');
    spawnSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', file, ...format]);
    const { utils } = (await import('ssh2')).default;
    const parsed = utils.parseKey((await import('node:fs')).readFileSync(`${file}.pub`));
    if (parsed instanceof Error) throw parsed;
    await serve({ authorizedKeys: [{ ...right, parsed }] });
    const outcome = await login({ identity_file: file });
    if (format[1] === 'PKCS8')
      expect(outcome).toMatchObject({ kind: 'auth', message: expect.stringContaining('not a kind of key') });
    else expect(outcome).toBe('in');
  });

  it('works with a passphrase, and says which file needs one', async () => {
    const locked = testKey('ed25519', CANARY);
    await serve({ authorizedKeys: [locked] });
    const file = saveKey('locked', locked);
    expect(await login({ identity_file: file, identity_passphrase: literal(CANARY) })).toBe('in');
    expect(await login({ identity_file: file })).toMatchObject({
      kind: 'auth',
      retryable: false,
      message: expect.stringContaining(`${file}: it needs a passphrase`),
      facts: { next: expect.stringContaining('identity_passphrase') },
    });
    expect(await login({ identity_file: file, identity_passphrase: literal('wrong') })).toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('the passphrase does not open it'),
    });
  });

  it('tells encrypted keys from others, in every format that ssh-keygen writes', () => {
    for (const [format, type] of [
      ['RFC4716', 'ed25519'],
      ['PEM', 'rsa'],
      ['PKCS8', 'rsa'],
    ] as const) {
      for (const passphrase of ['', CANARY]) {
        const file = join(home.directory, `${format}-${passphrase}`);
        spawnSync('ssh-keygen', ['-q', '-t', type, '-m', format, '-N', passphrase, '-f', file]);
        const text = spawnSync('cat', [file], { encoding: 'utf8' }).stdout;
        expect([format, passphrase, isEncrypted(text)]).toEqual([format, passphrase, passphrase !== '']);
      }
    }
  });

  it('says that the file is missing, or no key, before it connects', async () => {
    await serve();
    expect(await login({ identity_file: '/nonexistent/key' })).toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('/nonexistent/key'),
    });
    const junk = join(home.directory, 'junk');
    writeFileSync(junk, 'not a key');
    expect(await login({ identity_file: junk })).toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('not a kind of key'),
    });
    expect(server.accepted).toBe(0);
  });

  it('takes the usual files where none is configured, the first that fits', async () => {
    await serve();
    saveKey('id_ed25519', right);
    saveKey('id_ecdsa', wrong);
    expect(await login({ noIdentity: true })).toBe('in');
  });

  it('goes on to the next usual file', async () => {
    await serve();
    saveKey('id_ed25519', wrong);
    saveKey('id_rsa', right);
    expect(await login({ noIdentity: true })).toBe('in');
  });

  it('says what was tried and what could not be', async () => {
    await serve();
    const file = saveKey('id_ed25519', wrong);
    const locked = saveKey('id_rsa', testKey('ed25519', CANARY));
    expect(await login({ noIdentity: true, password: literal('guess') })).toMatchObject({
      kind: 'auth',
      message: expect.stringContaining(`tried ${file}`),
      facts: {
        evidence: expect.stringMatching(new RegExp(`not usable: ${locked} .*\\nthe server accepts: publickey`)),
      },
    });
  });
});

describe('logging in with a password', () => {
  it('works, and by keyboard-interactive too', async () => {
    await serve({ authorizedKeys: [], password: CANARY });
    expect(await login({ password: literal(CANARY) })).toBe('in');
    await serve({ authorizedKeys: [], password: CANARY, interactive: true });
    expect(await login({ password: literal(CANARY) })).toBe('in');
  });

  it('comes after keys, and a wrong one is an error that does not show it', async () => {
    await serve({ authorizedKeys: [], password: 'another' });
    const error = await login({ password: literal(CANARY) });
    expect(error).toMatchObject({ kind: 'auth', message: expect.stringContaining('the password') });
    expect(JSON.stringify([error, error instanceof Error && error.stack])).not.toContain(CANARY);
    expect(server.authAttempts.at(-1)).toBe('password');
  });

  it('answers one hidden question only once, and gives up', async () => {
    await serve({ authorizedKeys: [], password: 'another', interactive: true });
    expect(await login({ password: literal(CANARY) })).toMatchObject({ kind: 'auth' });
  });

  it('says that it has expired where the server goes on to ask for a new one, and gives that no answer', async () => {
    await serve({ authorizedKeys: [], password: CANARY, interactive: true, expired: true });
    expect(await login({ password: literal(CANARY) })).toMatchObject({
      kind: 'auth',
      retryable: false,
      message: expect.stringContaining('the password of deploy on'),
      facts: { next: expect.stringContaining('change it') },
    });
    expect(server.authAttempts.filter((method) => method === 'keyboard-interactive').length).toBe(1);
  });

  it.each([
    ['Current password: ', true],
    ['(current) UNIX password: ', true],
    ['New password: ', true],
    ['Retype new UNIX password: ', true],
    ['You must change your password now and login again!', true],
    ['You are required to change your password immediately (administrator enforced).', true],
    ['Password: ', false],
    ['deploy@lb1’s password: ', false],
    ['Verification code: ', false],
  ])('takes %j for a question about a new one: %s', (question, expected) => {
    expect(asksForNewPassword(question)).toBe(expected);
  });
});

describe('logging in with an agent', () => {
  const agents: ChildProcess[] = [];
  afterEach(() => {
    for (const agent of agents.splice(0)) agent.kill();
  });

  async function agentWithKeys(...keys: readonly TestKey[]): Promise<string> {
    const socket = join(home.directory, 'agent');
    agents.push(spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }));
    const add = (...words: readonly string[]): number | null =>
      spawnSync('ssh-add', words, { env: { ...process.env, SSH_AUTH_SOCK: socket } }).status;
    // Its socket is there before it answers.
    await expect.poll(() => add('-l'), PATIENT).not.toBe(2);
    for (const [index, key] of keys.entries()) {
      expect(add('-q', saveKey(`agent-${index}`, key))).toBe(0);
    }
    return socket;
  }

  it('takes the agent first where no file is configured', async () => {
    await serve();
    expect(await login({ noIdentity: true }, await agentWithKeys(wrong, right))).toBe('in');
  });

  it('takes the configured file and no key of the agent', async () => {
    await serve();
    const socket = await agentWithKeys(wrong, testKey(), testKey());
    expect(await login({}, socket)).toBe('in');
    expect(server.authAttempts).toEqual(['publickey:ssh-ed25519']);
  });

  it('opens a configured file without its passphrase where the agent holds the key', async () => {
    await serve();
    const socket = await agentWithKeys(wrong, right);
    const locked = join(home.directory, 'locked');
    writeFileSync(locked, right.private, { mode: 0o600 });
    spawnSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', CANARY, '-f', locked]);
    expect(await login({ identity_file: locked }, socket)).toBe('in');
    const half = join(home.directory, 'half.pub');
    writeFileSync(half, right.public);
    expect(await login({ identity_file: half }, socket)).toBe('in');
  });

  it('goes on to the usual files where the agent is not there', async () => {
    await serve();
    saveKey('id_ed25519', right);
    expect(await login({ noIdentity: true }, '/nonexistent/agent')).toBe('in');
  });
});
