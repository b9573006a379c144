import { expect } from 'vitest';
import { ShellError } from '../../../../../src/transport/errors.ts';
import { type Case, failureOf, type Group } from '../case.ts';

const SHELLS = [
  '/bin/sh',
  '/bin/bash',
  '/bin/dash',
  '/bin/csh',
  '/bin/tcsh',
  '/usr/bin/fish',
  '/bin/zsh',
  '/bin/ksh',
  '/bin/rbash',
];

const runs = SHELLS.map(
  (shell): Case => ({
    name: `${shell}`,
    wish: { shell },
    play: async (stage, wish) => {
      const { session } = await stage.open(wish);
      const script = `printf '%s|' "it's" '!' '\\' "$(echo '"$HOME"')" '*'; cat; exit 5`;
      const result = await session.run(script, { stdin: Buffer.from('rest') });
      expect(result).toEqual({ code: 5, stdout: `it's|!|\\|"$HOME"|*|rest`, stderr: '' });
    },
  }),
);

export const shells: Group = {
  title: 'Login shells: a script runs unharmed in',
  cases: runs,
};

export const wild: Group = {
  title: 'Hosts as they are in the wild',
  cases: [
    {
      name: 'a .bashrc that talks on both outputs, without a newline and in escape sequences, is left out',
      wish: {
        shell: '/bin/bash',
        bashrc: 'printf \'Welcome!\\033[31m\\007 haprov- {"a":1}\'; printf "motd\\nnoise" >&2\n',
      },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect(await session.run('echo hello; echo bad >&2')).toEqual({ code: 0, stdout: 'hello\n', stderr: 'bad\n' });
      },
    },
    {
      name: 'a .bashrc that reads from standard input takes nothing of the script',
      wish: { shell: '/bin/bash', bashrc: 'read -t 0 ignored || :\n' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect((await session.run('echo hello')).stdout).toBe('hello\n');
      },
    },
    {
      name: 'a .bashrc with umask 077, set -u and aliases changes nothing',
      wish: {
        shell: '/bin/bash',
        bashrc: 'umask 077\nset -u\nalias echo=false\nIFS=x\nexport IFS GREP_OPTIONS=--color\n',
      },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect(await session.run('umask; echo "$never_set"; set -- a b; echo "$*"')).toMatchObject({
          code: 0,
          stdout: '0022\n\na b\n',
        });
      },
    },
    {
      name: 'a banner before the login is left out',
      wish: { banner: 'Authorised use only.\n\nhaprov-begin\n' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect(await session.run('echo hello')).toEqual({ code: 0, stdout: 'hello\n', stderr: '' });
      },
    },
    {
      name: 'a locale with a decimal comma does not reach the script',
      wish: { env: { LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' } },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        const script = 'printf "%.1f\\n" 1.5; echo 1.5 | awk "{ print \\$1 * 2.5 }"; ls /nonexistent 2>&1';
        const { stdout } = await session.run(script);
        expect(stdout.split('\n').slice(0, 3)).toEqual(['1.5', '3.75', expect.stringContaining('No such file')]);
      },
    },
    {
      name: 'no sftp subsystem is missed',
      wish: { sshd: ['Subsystem sftp /bin/false', 'AllowTcpForwarding no', 'PermitTTY no'] },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        const stdin = Buffer.from('content');
        expect((await session.run('cat', { stdin })).stdout).toBe('content');
      },
    },
    {
      name: '/tmp mounted noexec is no hindrance',
      wish: { tmp: 'noexec', sudo: 'free' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { become: true });
        expect((await session.run('cat <<X\nhello\nX', { stdin: Buffer.alloc(100_000) })).stdout).toBe('hello\n');
      },
    },
    {
      name: 'a full /tmp is no hindrance',
      wish: { tmp: 'full', sudo: 'free' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish, { become: true });
        expect((await session.run('cat | wc -c', { stdin: Buffer.alloc(300_000) })).stdout.trim()).toBe('300000');
      },
    },
    {
      name: 'nologin is a ShellError with what it said',
      wish: { shell: '/usr/sbin/nologin' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        const error = await failureOf(session.run('true'));
        expect(error).toBeInstanceOf(ShellError);
        expect(error).toMatchObject({
          code: 1,
          facts: {
            host: 'lb1',
            next: expect.stringContaining('login shell'),
            evidence: expect.stringMatching(/This account is( currently)? not available/),
          },
        });
      },
    },
    {
      name: 'a login shell that is gone, or ends at once, is a ShellError',
      wish: { shell: '/bin/false' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect(await failureOf(session.run('true'))).toMatchObject({ name: 'ShellError', code: 1 });
      },
    },
    {
      name: 'a ForceCommand that runs something else is a ShellError with what that said',
      wish: { forceCommand: 'echo backups only; exit 0' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect(await failureOf(session.run('touch /tmp/ran'))).toMatchObject({
          name: 'ShellError',
          code: 0,
          facts: { next: expect.stringContaining('forced command'), evidence: 'backups only' },
        });
      },
    },
    {
      name: 'a ForceCommand of sftp alone is a ShellError',
      wish: { sshd: ['ForceCommand internal-sftp'] },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        const error = await failureOf(session.run('true'));
        expect(error).toBeInstanceOf(ShellError);
        expect(error).toMatchObject({
          facts: { next: expect.stringContaining('forced command'), evidence: expect.stringContaining('sftp') },
        });
        const program = await stage.open({ sshd: ['ForceCommand /usr/lib/openssh/sftp-server'] });
        expect(await failureOf(program.session.run('true'))).toBeInstanceOf(ShellError);
      },
    },
    {
      name: 'an account that may run no commands is a ShellError',
      wish: { server: { refuseExec: true } },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect(await failureOf(session.run('true'))).toMatchObject({ name: 'ShellError', code: undefined });
      },
    },
    {
      name: 'an expired password is a ShellError that says so',
      wish: { expired: true },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect(await failureOf(session.run('true'))).toMatchObject({
          name: 'ShellError',
          facts: { evidence: expect.stringMatching(/expired/i) },
        });
      },
    },
    {
      name: 'an IPv6 literal is reached, and known by its own name',
      wish: { address: '::1' },
      play: async (stage, wish) => {
        const { session } = await stage.open(wish);
        expect((await session.run('exit 6')).code).toBe(6);
      },
    },
  ],
};
