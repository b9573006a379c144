import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Secret } from '../../../../../src/inventory/secret.ts';
import { allThatCanBeRead } from '../../../../support/contract/leaks.ts';
import type { Machine, Stage } from '../../../../support/contract/stage.ts';
import { type TestKey, testKey } from '../../../../support/ssh-keys.ts';
import { failureOf, type Group, until } from '../case.ts';

const CANARY = 'C4n\'ary "$(x)` \\pass!';
const literal = (value: string): Secret => new Secret({ literal: value });

/** `in`, or the error. */
async function login(stage: Stage, machine: Machine, ssh: object, agentSocket?: string): Promise<unknown> {
  return stage
    .transport({}, agentSocket)
    .connect(machine.host(ssh))
    .then(
      async (session) => ((await session.run('exit 3')).code === 3 ? 'in' : 'odd'),
      (error: unknown) => error,
    );
}

function saveKey(stage: Stage, name: string, text: string): string {
  const file = join(stage.home.directory, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

function lock(file: string, passphrase: string): string {
  spawnSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', passphrase, '-f', file]);
  return file;
}

async function agentWith(stage: Stage, ...keys: readonly TestKey[]): Promise<string> {
  const socket = join(stage.home.directory, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  stage.keep({ close: () => agent.kill() });
  const add = (...words: readonly string[]): number | null =>
    spawnSync('ssh-add', words, { env: { ...process.env, SSH_AUTH_SOCK: socket } }).status;
  // Its socket is there before it answers.
  await until(() => add('-l') !== 2);
  for (const [index, key] of keys.entries()) {
    expect(add('-q', saveKey(stage, `agent-${index}`, key.private))).toBe(0);
  }
  return socket;
}

export const logins: Group = {
  title: 'Logging in',
  cases: [
    {
      name: 'works with a key file of each type',
      play: async (stage) => {
        const keys = [testKey('ed25519'), testKey('ecdsa'), testKey('rsa')];
        const machine = await stage.machine({ authorizedKeys: keys });
        for (const [index, key] of keys.entries()) {
          expect(await login(stage, machine, { identity_file: saveKey(stage, `key-${index}`, key.private) })).toBe(
            'in',
          );
        }
      },
    },
    {
      name: 'works with a key file whose path has blanks and signs in it',
      play: async (stage) => {
        const key = testKey();
        const machine = await stage.machine({ authorizedKeys: [key] });
        const file = saveKey(stage, 'my %h "key"', key.private);
        expect(await login(stage, machine, { identity_file: file })).toBe('in');
      },
    },
    {
      name: 'works with a passphrase, and names the file that needs another or any',
      play: async (stage) => {
        const key = testKey();
        const machine = await stage.machine({ authorizedKeys: [key] });
        const identity_file = lock(saveKey(stage, 'locked', key.private), CANARY);
        expect(await login(stage, machine, { identity_file, identity_passphrase: literal(CANARY) })).toBe('in');
        expect(await login(stage, machine, { identity_file })).toMatchObject({
          kind: 'auth',
          retryable: false,
          message: expect.stringContaining(`${identity_file}: it needs a passphrase`),
          facts: { next: expect.stringContaining('identity_passphrase') },
        });
        const wrong = await login(stage, machine, { identity_file, identity_passphrase: literal('wrong') });
        expect(wrong).toMatchObject({
          kind: 'auth',
          message: expect.stringContaining('the passphrase does not open it'),
        });
      },
    },
    {
      name: 'says that the key file is missing before it connects, or that it is no key',
      play: async (stage) => {
        const machine = await stage.machine();
        expect(await login(stage, machine, { identity_file: '/nonexistent/key' })).toMatchObject({
          kind: 'auth',
          message: 'identity file /nonexistent/key: it does not exist',
        });
        expect(machine.front.accepted).toBe(0);
        const junk = saveKey(stage, 'junk', 'not a key\n');
        expect(await login(stage, machine, { identity_file: junk })).toMatchObject({
          kind: 'auth',
          message: expect.stringContaining('not a kind of key'),
        });
      },
    },
    {
      name: 'tells that others may read the key file, and does not use it',
      play: async (stage) => {
        const machine = await stage.machine();
        const file = saveKey(stage, 'open to all', readFileSync(stage.home.identity, 'utf8'));
        chmodSync(file, 0o640);
        expect(await login(stage, machine, { identity_file: file })).toMatchObject({
          kind: 'auth',
          retryable: false,
          message: `identity file ${file}: others than its owner may read it, and ssh ignores such a key`,
          facts: { next: expect.stringContaining(`chmod 600 '${file}'`) },
        });
        chmodSync(file, 0o400);
        expect(await login(stage, machine, { identity_file: file })).toBe('in');
      },
    },
    {
      name: 'tells a wrong key and a wrong user, and is not tried again',
      play: async (stage) => {
        const machine = await stage.machine();
        const wrong = saveKey(stage, 'wrong', testKey().private);
        const error = await login(stage, machine, { identity_file: wrong });
        expect(error).toMatchObject({
          kind: 'auth',
          retryable: false,
          hop: 'target',
          message: expect.stringContaining(`tried ${wrong}`),
          facts: {
            next: expect.stringContaining('authorized_keys'),
            evidence: expect.stringMatching(/accepts: .*publickey/),
          },
        });
        expect(machine.front.accepted).toBe(1);
      },
    },
    {
      name: 'tells a user that does not exist',
      wish: { sshd: ['LogLevel VERBOSE'] },
      play: async (stage, wish) => {
        const machine = await stage.machine(wish);
        expect(await login(stage, machine, { user: 'no-such-user' })).toMatchObject({ kind: 'auth', retryable: false });
      },
    },
    {
      name: 'works with a password',
      wish: { password: CANARY, authorizedKeys: [] },
      play: async (stage, wish) => {
        const machine = await stage.machine(wish);
        expect(await login(stage, machine, { password: literal(CANARY) })).toBe('in');
      },
    },
    {
      name: 'works with a password by keyboard-interactive',
      wish: { password: CANARY, interactive: true, authorizedKeys: [] },
      play: async (stage, wish) => {
        const machine = await stage.machine(wish);
        expect(await login(stage, machine, { password: literal(CANARY) })).toBe('in');
      },
    },
    {
      name: 'with a wrong password is refused, and the password is shown nowhere',
      wish: { password: 'another', authorizedKeys: [] },
      play: async (stage, wish) => {
        const machine = await stage.machine(wish);
        const error = await login(stage, machine, { password: literal(CANARY) });
        expect(error).toMatchObject({ kind: 'auth', message: expect.stringContaining('the password') });
        expect(JSON.stringify([error, error instanceof Error && [error.stack, error.cause]])).not.toContain('C4n');
      },
    },
    {
      name: 'with an expired password is refused, and not tried again',
      wish: { password: CANARY, interactive: true, authorizedKeys: [], expired: true },
      play: async (stage, wish) => {
        const machine = await stage.machine(wish);
        expect(await login(stage, machine, { password: literal(CANARY) })).toMatchObject({
          kind: 'auth',
          retryable: false,
          message: expect.stringMatching(/^the password of deploy on .* has expired$/),
        });
        expect(machine.front.accepted).toBe(1);
      },
    },
    {
      name: 'leaves no secret in a command line, an environment or a file',
      wish: { password: CANARY, authorizedKeys: [] },
      play: async (stage, wish) => {
        const machine = await stage.machine(wish);
        const seen: string[] = [];
        const watch = setInterval(() => seen.push(allThatCanBeRead()), 10);
        try {
          expect(await login(stage, machine, { password: literal(CANARY) })).toBe('in');
        } finally {
          clearInterval(watch);
        }
        expect(seen.length).toBeGreaterThan(0);
        expect(seen.join('\n').includes('C4n')).toBe(false);
      },
    },
    {
      name: 'opens a configured file through the agent that holds its key, and tries no other',
      play: async (stage) => {
        const key = testKey();
        const machine = await stage.machine({ authorizedKeys: [key] });
        const socket = await agentWith(stage, testKey('ecdsa'), key);
        const locked = lock(saveKey(stage, 'locked', key.private), CANARY);
        writeFileSync(`${locked}.pub`, key.public);
        expect(await login(stage, machine, { identity_file: locked }, socket)).toBe('in');
        const half = saveKey(stage, 'half.pub', key.public);
        expect(await login(stage, machine, { identity_file: half }, socket)).toBe('in');
        expect([...new Set(machine.server?.authAttempts ?? [])].filter((method) => /ecdsa/.test(method))).toEqual([]);
      },
    },
    {
      name: 'takes the agent’s keys where no file is configured',
      play: async (stage) => {
        const key = testKey();
        const machine = await stage.machine({ authorizedKeys: [key] });
        const socket = await agentWith(stage, testKey('ecdsa'), key);
        const host = machine.host();
        const { identity_file: _none, ...ssh } = host.ssh;
        const session = await stage.transport({}, socket).connect({ ...host, ssh });
        expect((await session.run('exit 3')).code).toBe(3);
      },
    },
    {
      name: 'is refused where an agent and no fitting key is there',
      play: async (stage) => {
        const machine = await stage.machine();
        const socket = await agentWith(stage, testKey('ecdsa'));
        const host = machine.host();
        const { identity_file: _none, ...ssh } = host.ssh;
        const error = await failureOf(stage.transport({}, socket).connect({ ...host, ssh }));
        expect(error).toMatchObject({ kind: 'auth', retryable: false });
      },
    },
  ],
};
