import { expect } from 'vitest';
import type { Become } from '../../../../../src/inventory/model.ts';
import { Secret } from '../../../../../src/inventory/secret.ts';
import { BecomeError } from '../../../../../src/transport/errors.ts';
import { failureOf, type Group } from '../case.ts';

const CANARY = 'C4n\'ary "$(x)` pass!';
const withPassword = (value = CANARY): Become => ({ password: new Secret({ literal: value }) });

export const becoming: Group = {
  title: 'Becoming root',
  cases: [
    {
      name: 'goes through sudo where the host says so, and not where the run does not want it',
      wish: { sudo: 'free' },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish, { become: true });
        expect((await session.run(machine.elevated)).stdout).toBe('1\n');
        expect((await session.run(machine.elevated, { become: false })).stdout).toBe('\n');
      },
    },
    {
      name: 'needs no sudo for root',
      wish: { sudo: 'missing' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { become: true, ssh: { user: 'root' } });
        expect((await session.run('echo in')).stdout).toBe('in\n');
      },
    },
    {
      name: 'is not tried where become is false',
      wish: { sudo: 'refused' },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish);
        expect((await session.run(machine.elevated)).stdout).toBe('\n');
      },
    },
    {
      name: 'is a BecomeError with what sudo said where it refuses, and nothing runs',
      wish: { sudo: 'refused' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { become: true });
        const error = await failureOf(session.run('echo ran'));
        expect(error).toBeInstanceOf(BecomeError);
        expect(error).toMatchObject({
          reason: 'refused',
          code: 1,
          facts: { host: 'lb1', evidence: 'sudo: a password is required' },
        });
      },
    },
    {
      name: 'is a BecomeError that says so where there is neither sudo nor doas',
      wish: { sudo: 'missing' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { become: true });
        expect(await failureOf(session.run('true'))).toMatchObject({
          name: 'BecomeError',
          code: 127,
          message: 'sudo was not found',
        });
      },
    },
    {
      name: 'goes through doas where there is no sudo',
      wish: { sudo: 'doas' },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish, { become: true });
        for (const _again of [1, 2]) {
          const result = await session.run(`${machine.elevated}; cat`, { stdin: Buffer.from('payload') });
          expect(result).toEqual({ code: 0, stdout: '1\npayload', stderr: '' });
        }
      },
    },
    {
      name: 'goes through doas where there is no sudo, also where a password is known that it does not want',
      wish: { sudo: 'doas', password: CANARY },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish, { become: withPassword() });
        const result = await session.run(`${machine.elevated}; cat`, { stdin: Buffer.from('payload') });
        expect(result).toEqual({ code: 0, stdout: '1\npayload', stderr: '' });
      },
    },
    {
      name: 'is a ShellError where the login shell does not even get to sudo',
      wish: { shell: '/bin/false', sudo: 'free' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { become: true });
        expect(await failureOf(session.run('true'))).toMatchObject({ name: 'ShellError' });
      },
    },
    {
      name: 'works under every login shell',
      wish: { shell: '/usr/bin/fish', sudo: 'free' },
      also: [{ shell: '/bin/csh', sudo: 'free' }],
      play: async (stage, wish) => {
        for (const shell of [wish.shell ?? '', '/bin/csh']) {
          const { session } = await stage.open({ ...wish, shell, sudo: 'free', requiresTty: true }, { become: true });
          expect((await session.run("printf '%s' \"it's\"; cat", { stdin: Buffer.from('!') })).stdout).toBe("it's!");
        }
      },
    },
    {
      name: 'works where sudo wants a terminal, and passes binary input and output through unharmed',
      wish: { sudo: 'free', requiresTty: true },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish, { become: true });
        const stdin = Buffer.from(Array.from({ length: 70_000 }, (_, n) => (n * 7 + (n >> 8)) % 256));
        expect((await session.run(machine.elevated)).stdout).toBe('1\n');
        const { stdout, stderr, code } = await session.run('od -An -v -tx1 | tr -d " \\n"; echo err >&2; exit 3', {
          stdin,
        });
        expect([stdout === stdin.toString('hex'), stderr, code]).toEqual([true, 'err\n', 3]);
      },
    },
    {
      name: 'with a password works where sudo wants a terminal',
      wish: { sudo: 'password', password: CANARY, requiresTty: true },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish, { become: withPassword() });
        const result = await session.run(`${machine.elevated}; cat`, { stdin: Buffer.from('payload') });
        expect(result).toEqual({ code: 0, stdout: '1\npayload', stderr: '' });
      },
    },
    {
      name: 'answers when asked for a password, and the script and its input stay whole',
      wish: { sudo: 'password', password: CANARY },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish, { become: withPassword() });
        const result = await session.run(`${machine.elevated}; cat`, { stdin: Buffer.from('payload') });
        expect(result).toEqual({ code: 0, stdout: '1\npayload', stderr: '' });
      },
    },
    {
      name: 'keeps a lecture out of the output',
      wish: { sudo: 'password', password: CANARY, lecture: true },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { become: withPassword() });
        expect(await session.run('echo out; echo err >&2')).toEqual({ code: 0, stdout: 'out\n', stderr: 'err\n' });
      },
    },
    {
      name: 'never gives the password to the script where sudo does not ask',
      wish: { sudo: 'free', password: CANARY },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { become: withPassword() });
        const result = await session.run('cat', { stdin: Buffer.from('payload') });
        expect(result).toEqual({ code: 0, stdout: 'payload', stderr: '' });
      },
    },
    {
      name: 'gives up at the second question, and shows the password nowhere',
      wish: { sudo: 'password', password: 'another', lecture: true },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish, { become: withPassword() });
        const error = await failureOf(session.run('true'));
        expect(error).toMatchObject({
          name: 'BecomeError',
          reason: 'wrong-password',
          facts: { evidence: expect.stringContaining('Sorry, try again.') },
        });
        const text = error instanceof BecomeError ? JSON.stringify([error, error.stack, error.facts]) : '';
        for (const seen of [text, ...(machine.server?.commands ?? [])]) expect(seen).not.toContain('C4n');
      },
    },
  ],
};
