import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  LostConnectionError,
  OutputTooLargeError,
  RunTimeoutError,
  ShellError,
} from '../../../src/transport/errors.ts';
import { NulError } from '../../../src/transport/quote.ts';
import type { Session, Transport } from '../../../src/transport/session.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2-transport.ts';
import type { TransportLimits } from '../../../src/transport/transport-limits.ts';
import { startCuttingProxy } from '../../support/cutting-proxy.ts';
import { type TestHome, testHome, testHost, trusted } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { type ServerBehaviour, startSshServer, type TestServer } from '../../support/ssh-server.ts';

const clientKey = testKey();
const hostKey = testKey();
const home: TestHome = testHome(clientKey);
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
afterAll(() => home.remove());

async function open(
  behaviour: ServerBehaviour = {},
  limits: Partial<TransportLimits> = {},
): Promise<{ server: TestServer; session: Session; transport: Transport }> {
  const server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey], ...behaviour });
  home.trust(trusted(server.port, hostKey));
  const transport = createSsh2Transport({ homeDirectory: home.directory, limits });
  opened.push(server, transport);
  return { server, transport, session: await transport.connect(testHost(server.port, home)) };
}

describe('what a run returns', () => {
  let server: TestServer;
  let transport: Transport;
  let session: Session;

  beforeAll(async () => {
    server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey] });
    const own = testHome(clientKey);
    own.trust(trusted(server.port, hostKey));
    transport = createSsh2Transport({ homeDirectory: own.directory });
    session = await transport.connect(testHost(server.port, own));
    own.remove();
  });
  afterAll(async () => {
    transport.close();
    await server.close();
  });

  it('is the exit status and both outputs, exactly', async () => {
    const result = await session.run('printf "one\\ntwo"; printf oops >&2; exit 3');
    expect(result).toEqual({ code: 3, stdout: 'one\ntwo', stderr: 'oops' });
  });

  it('is whatever bytes the script writes, whole, also without a last newline or any byte at all', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '\n', ' ', 'é', '漢', '🙂', '\0', '\r', '-end 0', 'haprov-'),
      maxLength: 80,
    });
    await fc.assert(
      fc.asyncProperty(text, text, async (out, err) => {
        const stdin = Buffer.from(out + err);
        const size = Buffer.byteLength(out);
        const result = await session.run(`head -c ${size}; cat >&2`, { stdin });
        expect(result).toEqual({ code: 0, stdout: out, stderr: err });
      }),
      { numRuns: 60 },
    );
  });

  it('decodes characters that arrive in two pieces', async () => {
    const result = await session.run("printf '\\303'; sleep 0.05; printf '\\251'");
    expect(result.stdout).toBe('é');
  });

  it('marks bytes that are not UTF-8 and keeps a byte order mark', async () => {
    const result = await session.run("printf '\\357\\273\\277a\\377'");
    expect(result.stdout).toBe('\ufeffa\ufffd');
  });

  it('is complete for eight megabytes of output', async () => {
    const result = await session.run('head -c 8388608 /dev/zero | tr "\\0" x');
    expect(result.stdout.length).toBe(8 * 1024 * 1024);
  });

  it('passes four megabytes of standard input through, byte for byte', async () => {
    const stdin = Buffer.alloc(4 * 1024 * 1024, 'haprov\n');
    const result = await session.run('wc -c; echo rest', { stdin });
    expect(result.stdout.trim().split(/\s+/)).toEqual([String(stdin.length), 'rest']);
  });

  it('gives the script an empty standard input where none is given', async () => {
    expect((await session.run('cat; echo done')).stdout).toBe('done\n');
  });

  it('does not depend on the script reading its standard input', async () => {
    expect((await session.run('exit 7', { stdin: Buffer.alloc(3_000_000) })).code).toBe(7);
  });

  it('runs in a clean environment: C locale, system path, umask 022, root directory', async () => {
    const { stdout } = await session.run('umask; pwd; echo "$LC_ALL"; echo "$PATH"; echo "$CDPATH."');
    expect(stdout.split('\n')).toEqual(['0022', '/', 'C', expect.stringContaining('/usr/sbin:'), '.', '']);
  });

  it('comes when the script ends, not when what it left in the background does', async () => {
    const result = await session.run('sleep 30 & echo started');
    expect(result).toMatchObject({ code: 0, stdout: 'started\n' });
  });

  it.each([
    ['an empty script', '', 0],
    ['a comment at the end', 'true # done', 0],
    ['a backslash at the end', 'echo a \\', 0],
    ['a here-document at the end', 'cat <<X\nhello\nX', 0],
    ['a trap on exit', 'trap "exit 9" EXIT; exit 1', 9],
    ['set -e', 'set -e; false; exit 0', 1],
    ['death by a signal', 'sh -c "kill -9 \\$\\$"', 137],
    ['a syntax error', 'if true; then', 2],
    ['closed outputs', 'exec >&- 2>&-; exit 4', 4],
  ])('stands for %s', async (_name, script, code) => {
    expect((await session.run(script)).code).toBe(code);
  });

  it('is told as it comes, without marks and without half characters', async () => {
    const pieces: string[] = [];
    await session.run("printf 'a\\303'; sleep 0.05; printf '\\251b\\n'", { onStdout: (text) => pieces.push(text) });
    expect(pieces.join('')).toBe('aéb\n');
  });

  it('is an error for a script with a NUL byte, before anything is sent', async () => {
    const before = server.commands.length;
    await expect(session.run('echo \0')).rejects.toThrow(NulError);
    expect(server.commands.length).toBe(before);
  });

  it('is right for many runs at once on one connection, four of them at a time', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, (_, n) => session.run(`exit ${n}`)));
    expect(codes.map(({ code }) => code)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(server.most.sessions).toBeLessThanOrEqual(5);
  });
});

describe('login shells', () => {
  const shells = [
    '/bin/sh',
    '/bin/bash',
    '/bin/dash',
    '/bin/csh',
    '/bin/tcsh',
    '/usr/bin/fish',
    '/bin/zsh',
    '/bin/ksh',
  ];
  for (const shell of shells) {
    it.runIf(existsSync(shell))(`${shell} runs a script unharmed`, async () => {
      const { session } = await open({ shell: [shell], env: { HOME: home.directory } });
      const script = `printf '%s|' "it's" '!' '\\' "$(echo '"$HOME"')" '*'; exit 5`;
      expect(await session.run(script)).toEqual({ code: 5, stdout: `it's|!|\\|"$HOME"|*|`, stderr: '' });
    });
  }

  it('may say what they like first, also without a newline and in escape sequences', async () => {
    const { session } = await open({ shellNoise: 'Welcome!\u001b[31m\u0007 haprov- {"a":1}' });
    expect(await session.run('echo hello')).toEqual({ code: 0, stdout: 'hello\n', stderr: '' });
  });

  it('that refuse to work are a ShellError with what they said', async () => {
    const { session } = await open({
      onExec: (_command, channel) => {
        channel.write('This account is currently not available.\n');
        channel.exit(1);
        channel.end();
      },
    });
    const error = await session.run('true').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ShellError);
    expect(error).toMatchObject({
      code: 1,
      facts: { host: 'lb1', evidence: 'This account is currently not available.' },
    });
  });

  it('that may not be started at all are a ShellError', async () => {
    const { session } = await open({ refuseExec: true });
    await expect(session.run('true')).rejects.toThrow(ShellError);
  });
});

describe('an upload that is cut short', () => {
  const script = [
    'touch one',
    'f() { touch two; }',
    'f',
    'if true; then touch three; fi',
    "cat > four <<'END'",
    '}',
    'END',
    '{ touch five; }',
    'touch six # }',
  ].join('\n');

  it.each(['dash', 'bash'])('runs nothing in %s, wherever the cut is', async (shell) => {
    const { bootCommand, newMarks, wrapScript } = await import('../../../src/transport/boot.ts');
    const directory = mkdtempSync(join(tmpdir(), 'haprov-cut-'));
    const bytes = wrapScript(`cd ${directory}\n${script}`);
    const boot = bootCommand(newMarks(), bytes.length, 'none').replace("sh -c '", `${shell} -c '`);
    const run = (length: number): string[] => {
      spawnSync('/bin/sh', ['-c', boot], { input: bytes.subarray(0, length) });
      return readdirSync(directory);
    };
    for (let cut = 0; cut < bytes.length; cut += cut > bytes.length - 90 ? 1 : 7)
      expect([cut, run(cut)]).toEqual([cut, []]);
    expect(run(bytes.length).length).toBe(6);
    rmSync(directory, { recursive: true });
  });

  it('by a dying connection runs nothing or all, and is an error that says it may have run', async () => {
    const server = await startSshServer({ hostKeys: [hostKey], authorizedKeys: [clientKey] });
    opened.push(server);
    const directory = mkdtempSync(join(tmpdir(), 'haprov-cut-'));
    const padded = `cd ${directory}\n: ${'x'.repeat(4000)}\n${script}`;
    const whole = await startCuttingProxy(server.port);
    home.trust(trusted(whole.port, hostKey));
    const first = createSsh2Transport({ homeDirectory: home.directory });
    const session = await first.connect(testHost(whole.port, home));
    const handshake = whole.upstream;
    first.close();
    await whole.close();
    for (let n = 0; n < 50; n++) {
      const proxy = await startCuttingProxy(server.port, handshake + 40 + n * 90);
      home.trust(trusted(proxy.port, hostKey));
      const transport = createSsh2Transport({ homeDirectory: home.directory });
      const error = await transport
        .connect(testHost(proxy.port, home))
        .then((cut) => cut.run(padded))
        .catch((e: unknown) => e);
      transport.close();
      await proxy.close();
      expect(error).toBeInstanceOf(LostConnectionError);
      await expect.poll(() => server.children.size).toBe(0);
      expect([0, 6]).toContain(readdirSync(directory).length);
      if (readdirSync(directory).length > 0) break;
    }
    expect(session.host.id).toBe('lb1');
    rmSync(directory, { recursive: true });
  });
});

describe('a run that cannot end well', () => {
  it('is lost when the connection breaks in the middle of the output', async () => {
    const { server, session } = await open();
    const run = session.run('echo some; sleep 30', { onStdout: () => server.cut() });
    const error = await run.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LostConnectionError);
    expect(error).toMatchObject({ mayHaveRun: true, hop: 'target', facts: { host: 'lb1' } });
  });

  it('is lost when the server closes the channel without a word', async () => {
    const { session } = await open({ onExec: (_command, channel) => channel.close() });
    await expect(session.run('true')).rejects.toThrow(LostConnectionError);
  });

  it('is lost when the output ends with half a trailer, whatever the exit status says', async () => {
    const { session } = await open({
      onExec: (command, channel) => {
        const begin = /echo (haprov-\w+-begin)/.exec(command)?.[1];
        channel.write(`${begin}\nhello\n${begin?.replace('begin', 'en')}`);
        channel.stderr.write(`${begin}\n`);
        channel.exit(0);
        channel.end();
      },
    });
    await expect(session.run('true')).rejects.toMatchObject({ name: 'LostConnectionError', mayHaveRun: true });
  });

  it('is lost when the remote shell is killed', async () => {
    const { session } = await open();
    await expect(session.run('kill -9 $$')).rejects.toThrow(LostConnectionError);
  });

  it('is lost when the peer falls silent, by the keepalive', async () => {
    const { server, session } = await open({}, { keepaliveMs: 30 });
    const run = session.run('sleep 30');
    await expect.poll(() => server.commands.length).toBe(1);
    server.freeze();
    await expect(run).rejects.toMatchObject({
      name: 'LostConnectionError',
      message: expect.stringMatching(/no answer/),
    });
  });

  it('is lost, and has surely not run, when the server never opens a channel', async () => {
    const { session } = await open({ muteSessions: true }, { channelOpenMs: 50 });
    await expect(session.run('true')).rejects.toMatchObject({ name: 'LostConnectionError', mayHaveRun: false });
  });

  it('is lost, and has surely not run, on a session that was closed', async () => {
    const { session } = await open();
    session.close();
    await expect(session.run('true')).rejects.toMatchObject({ name: 'LostConnectionError', mayHaveRun: false });
  });

  it('is lost when its session is closed', async () => {
    const { server, session } = await open();
    const run = session.run('sleep 30');
    setTimeout(() => session.close(), 20);
    await expect(run).rejects.toThrow(LostConnectionError);
    expect(server.connections.length).toBe(1);
  });

  it('is a RunTimeoutError after its time, and the session goes on', async () => {
    const { session } = await open();
    const error = await session.run('echo evidence >&2; sleep 30', { timeoutMs: 300 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RunTimeoutError);
    expect(error).toMatchObject({ timeoutMs: 300, facts: { host: 'lb1', evidence: 'evidence' } });
    expect((await session.run('exit 6')).code).toBe(6);
  });

  it('ends with the reason of its signal', async () => {
    const { session } = await open();
    const abort = new AbortController();
    const run = session.run('sleep 30', { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 20);
    await expect(run).rejects.toThrow('enough');
    await expect(session.run('true', { signal: abort.signal })).rejects.toThrow('enough');
  });

  it('ends with all others of one signal, and without a warning of Node', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on('warning', onWarning);
    const { session } = await open({}, { channels: 20 });
    const abort = new AbortController();
    const runs = Array.from({ length: 15 }, () => session.run('sleep 30', { signal: abort.signal }));
    setTimeout(() => abort.abort(new Error('enough')), 20);
    for (const run of await Promise.allSettled(runs)) expect(run).toMatchObject({ reason: { message: 'enough' } });
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('is cut off when it says too much, and the session goes on', async () => {
    const { session } = await open({}, { maxOutput: 100_000 });
    await expect(session.run('yes')).rejects.toThrow(OutputTooLargeError);
    await expect(session.run('yes >&2')).rejects.toMatchObject({ limit: 100_000 });
    expect((await session.run('echo ok')).stdout).toBe('ok\n');
  });

  it('is cut off when noise before the script never ends', async () => {
    const { session } = await open(
      {
        onExec: (_command, channel) => {
          const flood = (): void => {
            while (channel.writable && channel.write(Buffer.alloc(65536, 'x')));
          };
          channel.on('drain', flood);
          flood();
        },
      },
      { maxOutput: 5_000_000 },
    );
    await expect(session.run('true')).rejects.toThrow(OutputTooLargeError);
  });

  it('is an error, and no endless loop, where the server takes packets of no size', async () => {
    const { server, session } = await open();
    const connection = server.connections[0];
    const protocol: unknown = connection && Reflect.get(connection, '_protocol');
    if (typeof protocol !== 'object' || protocol === null) throw new Error('no protocol');
    const confirm: unknown = Reflect.get(protocol, 'channelOpenConfirm');
    if (typeof confirm !== 'function') throw new Error('no confirmation');
    Reflect.set(protocol, 'channelOpenConfirm', (...args: unknown[]) =>
      confirm.apply(protocol, [...args.slice(0, 3), 0]),
    );
    await expect(session.run('true')).rejects.toMatchObject({ name: 'LostConnectionError', mayHaveRun: false });
  });
});

describe('a server with little room', () => {
  it('is asked again until a channel is free, and every run is done once', async () => {
    const { server, session } = await open({ maxSessions: 1 });
    const results = await Promise.all(Array.from({ length: 8 }, (_, n) => session.run(`sleep 0.02; exit ${n}`)));
    expect(results.map(({ code }) => code)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(server.most.sessions).toBe(1);
    expect(server.commands.length).toBe(8);
  });

  it('that opens no channel at all is a lost connection, within the time limit', async () => {
    const { session } = await open({ maxSessions: 0 }, { channelOpenMs: 100 });
    await expect(session.run('true')).rejects.toMatchObject({ name: 'LostConnectionError', mayHaveRun: false });
  });
});

describe('round trips', () => {
  it('the script follows right behind the request, before the server has answered it', async () => {
    let early = '';
    const { session } = await open({
      onExec: (_command, channel) => {
        channel.on('data', (bytes: Buffer) => {
          early += bytes.toString();
          if (early.endsWith('}')) channel.close();
        });
      },
    });
    await session.run('echo quick').catch(() => {});
    expect(early).toContain('echo quick');
  });
});
