import fc from 'fast-check';
import { expect } from 'vitest';
import { NulError } from '../../../../../src/transport/quote.ts';
import type { Case, Group } from '../case.ts';

const BYTES = ['a', '\n', ' ', 'é', '漢', '🙂', '\0', '\r', '-end 0', 'haprov-'];

const statuses = (
  [
    ['an empty script', '', 0],
    ['a comment at the end', 'true # done', 0],
    ['a backslash at the end', 'echo a \\', 0],
    ['a here-document at the end', 'cat <<X\nhello\nX', 0],
    ['a trap on exit', 'trap "exit 9" EXIT; exit 1', 9],
    ['set -e', 'set -e; false; exit 0', 1],
    ['death of a command by a signal', 'sh -c "kill -9 \\$\\$"', 137],
    ['a syntax error', 'if true; then', 2],
    ['closed outputs', 'exec >&- 2>&-; exit 4', 4],
    ['the status that ssh itself ends with', 'exit 255', 255],
  ] as const
).map(
  ([what, script, code]): Case => ({
    name: `the status of ${what}`,
    onSession: async (session) => expect((await session.run(script)).code).toBe(code),
  }),
);

export const results: Group = {
  title: 'A run gives',
  cases: [
    {
      name: 'the exit status and both outputs, exactly',
      onSession: async (session) => {
        const result = await session.run('printf "one\\ntwo"; printf oops >&2; exit 3');
        expect(result).toEqual({ code: 3, stdout: 'one\ntwo', stderr: 'oops' });
      },
    },
    ...statuses,
    {
      name: 'whatever bytes the script writes, whole, also without a last newline or any byte at all',
      onSession: async (session) => {
        const text = fc.string({ unit: fc.constantFrom(...BYTES), maxLength: 80 });
        const written = fc.asyncProperty(text, text, async (out, err) => {
          const stdin = Buffer.from(out + err);
          const result = await session.run(`head -c ${Buffer.byteLength(out)}; cat >&2`, { stdin });
          expect(result).toEqual({ code: 0, stdout: out, stderr: err });
        });
        await fc.assert(written, { numRuns: 30 });
      },
    },
    {
      name: 'all 256 bytes, as text with marks for what is no UTF-8',
      onSession: async (session) => {
        const stdin = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
        expect((await session.run('cat', { stdin })).stdout).toBe(stdin.toString('utf8'));
        const hex = await session.run('od -An -v -tx1 | tr -d " \\n"', { stdin });
        expect(hex.stdout).toBe(stdin.toString('hex'));
      },
    },
    {
      name: 'characters that arrive in two pieces, and a byte order mark',
      onSession: async (session) => {
        expect((await session.run("printf '\\303'; sleep 0.05; printf '\\251'")).stdout).toBe('é');
        expect((await session.run("printf '\\357\\273\\277a\\377'")).stdout).toBe('\ufeffa\ufffd');
      },
    },
    {
      name: 'fifty megabytes of output, whole',
      onSession: async (session) => {
        const { stdout } = await session.run('head -c 50000000 /dev/zero | tr "\\0" x');
        expect([stdout.length, /[^x]/.test(stdout)]).toEqual([50_000_000, false]);
      },
    },
    {
      name: 'standard input of ten megabytes, byte for byte, and nothing behind it',
      onSession: async (session) => {
        const stdin = Buffer.alloc(10 * 1024 * 1024, 'haprov\n');
        expect((await session.run('cat', { stdin })).stdout === stdin.toString()).toBe(true);
        expect((await session.run('wc -c; echo rest', { stdin })).stdout.trim().split(/\s+/)).toEqual([
          String(stdin.length),
          'rest',
        ]);
      },
    },
    {
      name: 'an empty standard input where none is given',
      onSession: async (session) => expect((await session.run('cat; echo done')).stdout).toBe('done\n'),
    },
    {
      name: 'its status also where the script leaves its standard input unread',
      onSession: async (session) =>
        expect((await session.run('exit 7', { stdin: Buffer.alloc(3_000_000) })).code).toBe(7),
    },
    {
      name: 'a clean environment: C locale, system path, umask 022, root directory',
      onSession: async (session) => {
        const { stdout } = await session.run('umask; pwd; echo "$LC_ALL"; echo "$PATH"; echo "$CDPATH."');
        expect(stdout.split('\n')).toEqual(['0022', '/', 'C', expect.stringContaining('/usr/sbin:'), '.', '']);
      },
    },
    {
      name: 'its result when the script ends, not when what it left in the background does',
      onSession: async (session) => {
        // A run has 60 s: it would not come to its end.
        expect(await session.run('sleep 100 & echo started')).toMatchObject({ code: 0, stdout: 'started\n' });
      },
    },
    {
      name: 'output as it comes, without marks and without half characters',
      onSession: async (session) => {
        const pieces: string[] = [];
        const [{ stdout: file }] = [await session.run('mktemp -u /tmp/haprov-piece-XXXXXX')];
        let arrived = (): void => {};
        const first = new Promise<void>((resolve) => {
          arrived = resolve;
        });
        const rest = `until [ -e ${file.trim()} ]; do sleep 0.02; done; rm ${file.trim()}; printf '\\251b\\n'`;
        const whole = session.run(`printf 'a\\303'; ${rest}`, {
          onStdout: (text) => {
            pieces.push(text);
            arrived();
          },
        });
        await first;
        await session.run(`touch ${file.trim()}`);
        expect((await whole).stdout).toBe('');
        expect(pieces).toEqual(['a', 'éb\n']);
      },
    },
    {
      name: 'an error for a script with a NUL byte',
      onSession: async (session) => expect(session.run('echo \0')).rejects.toThrow(NulError),
    },
    {
      name: 'nothing to the server for a script with a NUL byte',
      wish: { server: {} },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish);
        await session.run('echo \0').catch(() => {});
        expect(machine.server?.commands).toEqual([]);
      },
    },
    {
      name: 'the right one of many at once on one connection',
      onSession: async (session) => {
        const codes = await Promise.all(Array.from({ length: 20 }, (_, n) => session.run(`exit ${n}`)));
        expect(codes.map(({ code }) => code)).toEqual(Array.from({ length: 20 }, (_, n) => n));
      },
    },
    {
      name: 'no more than four of many at a time',
      wish: { server: {} },
      play: async (stage, wish) => {
        const { machine, session } = await stage.open(wish);
        await Promise.all(Array.from({ length: 12 }, () => session.run('sleep 0.02')));
        expect(machine.server?.most.sessions).toBeLessThanOrEqual(5);
      },
    },
  ],
};
