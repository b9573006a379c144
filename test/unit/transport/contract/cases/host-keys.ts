import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { HostKeyError } from '../../../../../src/transport/errors.ts';
import { knownHost } from '../../../../support/contract/clients.ts';
import type { Machine, Stage } from '../../../../support/contract/stage.ts';
import { testKey } from '../../../../support/ssh-keys.ts';
import { failureOf, type Group } from '../case.ts';

const stranger = testKey();
const line = (machine: Machine, key = stranger): string => knownHost(machine, '127.0.0.1', key);
const refusal = (stage: Stage, machine: Machine, ssh: object = {}): Promise<unknown> =>
  failureOf(stage.transport().connect(machine.host(ssh)));
const comesIn = async (stage: Stage, machine: Machine, ssh: object = {}): Promise<void> => {
  const session = await stage.transport().connect(machine.host(ssh));
  expect((await session.run('exit 3')).code).toBe(3);
};

export const hostKeys: Group = {
  title: 'A host key',
  cases: [
    {
      name: 'that is not known is refused with its fingerprint, and nothing is sent',
      play: async (stage) => {
        const machine = await stage.machine();
        stage.home.trust('');
        const error = await refusal(stage, machine);
        expect(error).toBeInstanceOf(HostKeyError);
        expect(error).toMatchObject({
          kind: 'host-key',
          retryable: false,
          hop: 'target',
          hostKey: {
            verdict: 'unknown',
            name: `[127.0.0.1]:${machine.port}`,
            keyType: 'ssh-ed25519',
            fingerprint: expect.stringMatching(/^SHA256:[\w+/]{43}$/),
            known: [],
          },
          facts: { next: expect.stringContaining('accept-new') },
        });
        expect(machine.server?.authAttempts ?? []).toEqual([]);
      },
    },
    {
      name: 'that changed is refused, and file, line and both fingerprints are named',
      play: async (stage) => {
        const machine = await stage.machine();
        stage.home.trust('# first', line(machine));
        const error = await refusal(stage, machine);
        expect(error).toMatchObject({
          hostKey: { verdict: 'changed', known: [{ file: stage.home.knownHosts, line: 2, keyType: 'ssh-ed25519' }] },
        });
        const message = error instanceof Error ? error.message : '';
        expect(message).toContain(`${stage.home.knownHosts}:2`);
        expect(new Set(message.match(/SHA256:[\w+/]{43}/g)).size).toBe(2);
        expect(machine.server?.authAttempts ?? []).toEqual([]);
      },
    },
    {
      name: 'that is revoked is refused though it is known, also where checking is off',
      play: async (stage) => {
        const machine = await stage.machine();
        const [key] = machine.hostKeys;
        stage.home.trust(line(machine, key), `@revoked * ${key?.line}`);
        for (const host_key_checking of ['strict', 'accept-new', 'off']) {
          expect(await refusal(stage, machine, { host_key_checking })).toMatchObject({
            hostKey: { verdict: 'revoked' },
            retryable: false,
          });
        }
      },
    },
    {
      name: 'of each type can be the known one, plain or hashed, also where the server has others too',
      play: async (stage) => {
        const hostKeys = [testKey('ed25519'), testKey('ecdsa'), testKey('rsa')];
        const machine = await stage.machine({ hostKeys });
        for (const key of hostKeys) {
          stage.home.trust(line(machine, key));
          await comesIn(stage, machine);
          spawnSync('ssh-keygen', ['-q', '-H', '-f', stage.home.knownHosts]);
          expect(readFileSync(stage.home.knownHosts, 'utf8')).toMatch(/^\|1\|/);
          await comesIn(stage, machine);
        }
      },
    },
    {
      name: 'is found in the second of several files, and in one whose path has a blank',
      play: async (stage) => {
        const machine = await stage.machine();
        await comesIn(stage, machine, { known_hosts_file: `/nonexistent/one ${stage.home.knownHosts}` });
        const file = join(stage.home.directory, 'my %h "hosts"');
        writeFileSync(file, readFileSync(stage.home.knownHosts));
        stage.home.trust('');
        await comesIn(stage, machine, { known_hosts_file: file });
      },
    },
    {
      name: 'that is new is recorded once by accept-new, and told',
      play: async (stage) => {
        const machine = await stage.machine();
        const [key] = machine.hostKeys;
        const file = join(stage.home.directory, 'fresh', 'known_hosts');
        const transport = stage.transport();
        const host = machine.host({ host_key_checking: 'accept-new', known_hosts_file: file });
        await Promise.all([1, 2, 3].map(() => transport.connect(host)));
        expect(readFileSync(file, 'utf8')).toBe(`${line(machine, key)}\n`);
        expect(stage.accepted).toMatchObject(
          [{ name: `[127.0.0.1]:${machine.port}`, keyType: 'ssh-ed25519', fingerprint: /^SHA256:/, file }].map(
            (one) => ({ ...one, fingerprint: expect.stringMatching(one.fingerprint) }),
          ),
        );
        await comesIn(stage, machine, { known_hosts_file: file });
      },
    },
    {
      name: 'that is new is recorded by accept-new also where the login is refused then',
      play: async (stage) => {
        const machine = await stage.machine({ authorizedKeys: [] });
        const [key] = machine.hostKeys;
        const file = join(stage.home.directory, 'fresh', 'known_hosts');
        const host = machine.host({ host_key_checking: 'accept-new', known_hosts_file: file });
        expect(await failureOf(stage.transport().connect(host))).toMatchObject({ kind: 'auth' });
        expect(readFileSync(file, 'utf8')).toBe(`${line(machine, key)}\n`);
      },
    },
    {
      name: 'that changed is refused by accept-new, and the file is left as it was',
      play: async (stage) => {
        const machine = await stage.machine();
        stage.home.trust(line(machine));
        const error = await refusal(stage, machine, { host_key_checking: 'accept-new' });
        expect(error).toMatchObject({ hostKey: { verdict: 'changed' } });
        expect(readFileSync(stage.home.knownHosts, 'utf8')).toBe(`${line(machine)}\n`);
        expect(stage.accepted).toEqual([]);
      },
    },
    {
      name: 'is any where checking is off, and none is recorded',
      play: async (stage) => {
        const machine = await stage.machine();
        stage.home.trust(line(machine));
        await comesIn(stage, machine, { host_key_checking: 'off' });
        expect(readFileSync(stage.home.knownHosts, 'utf8')).toBe(`${line(machine)}\n`);
        expect(stage.accepted).toEqual([]);
      },
    },
  ],
};
