import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SshSettings } from '../../../src/inventory/model.ts';
import { ConnectError, HostKeyError } from '../../../src/transport/errors.ts';
import {
  indexKnownHosts,
  judgeServerKey,
  knownHostName,
  parseKnownHosts,
} from '../../../src/transport/host-keys/known-hosts.ts';
import { createSsh2Transport } from '../../../src/transport/ssh2/ssh2-transport.ts';
import { tries } from '../../support/full.ts';
import { type TestHome, testHome, testHost } from '../../support/ssh-host.ts';
import { testKey } from '../../support/ssh-keys.ts';
import { type Sshd, sshdIsThere, startSshd } from '../../support/sshd.ts';

/** A busy machine takes its time. */
const PATIENT = { timeout: 60_000 };

const directory = mkdtempSync(join(tmpdir(), 'haprov-agree-'));
const file = join(directory, 'known_hosts');
afterAll(() => rmSync(directory, { recursive: true }));

/** What stands on a line: its names before hashing, and whether they are hashed one by one. */
interface Written {
  readonly marker: string;
  readonly names: string;
  readonly hashed: boolean;
  readonly key: string;
}

/** Lines for a server's names and keys, and for others that are near. */
function linesFor(names: readonly string[], keys: readonly string[]): fc.Arbitrary<Written[]> {
  const wild = fc
    .tuple(fc.constantFrom(...names), fc.nat(), fc.constantFrom('*', '?', '**', '*?'))
    .map(([name, at, mark]) => {
      const place = at % (name.length + 1);
      return name.slice(0, place) + mark + name.slice(place + 1);
    });
  const plain = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...names) },
    { weight: 2, arbitrary: wild },
    { weight: 1, arbitrary: fc.constantFrom('*', 'elsewhere', '[*]:*', '10.*') },
  );
  const pattern = fc.tuple(fc.nat(5), plain).map(([dice, name]) => (dice === 0 ? `!${name}` : name));
  return fc.array(
    fc.record({
      marker: fc.constantFrom('', '', '', '', '@revoked ', '@cert-authority '),
      names: fc.array(pattern, { minLength: 1, maxLength: 3 }).map((list) => list.join(',')),
      hashed: fc.boolean(),
      key: fc.constantFrom(...keys),
    }),
    { minLength: 1, maxLength: 6 },
  );
}

/** The file, with the names of some lines hashed by ssh-keygen itself. */
function writeLines(lines: readonly Written[], to = file): void {
  const text = (some: readonly Written[]) =>
    some.map(({ marker, names, key }) => `${marker}${names} ${key}\n`).join('');
  const hashable = lines.filter(({ hashed }) => hashed);
  let hashed = '';
  if (hashable.length > 0) {
    const part = join(directory, 'part');
    writeFileSync(part, text(hashable));
    spawnSync('ssh-keygen', ['-H', '-f', part]);
    hashed = readFileSync(part, 'utf8');
  }
  writeFileSync(to, text(lines.filter((line) => !line.hashed)) + hashed);
}

describe('what known_hosts says of a key', () => {
  const keys = [testKey(), testKey(), testKey('ecdsa'), testKey('rsa')];
  const shown = keys.map((key) => ({ line: key.line, blob: key.parsed.getPublicSSH() }));
  const hosts = ['lb1', 'lb2.example.com', '10.0.0.1', '2001:db8::1'];
  const names = hosts.flatMap((host) => [knownHostName(host, 22), knownHostName(host, 2222)]);

  /** The lines that ssh-keygen finds, by what they are. */
  function found(name: string): { marker: string; key: string }[] {
    const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' });
    return [...stdout.matchAll(/^# Host .* found: line \d+ ?(\S*) *\n(.*)$/gm)].map(([, marker = '', line = '']) => ({
      marker,
      key: line.split(' ').slice(-2).join(' '),
    }));
  }

  it('is what follows from the lines that ssh-keygen -F finds, in many files', () => {
    fc.assert(
      fc.property(
        linesFor(
          names,
          keys.map(({ line }) => line),
        ),
        fc.constantFrom(...hosts),
        fc.constantFrom(22, 2222),
        (lines, host, port) => {
          writeLines(lines);
          const theirs = found(knownHostName(host, port));
          const bare = port === 22 ? [] : found(knownHostName(host, 22));
          const of = indexKnownHosts(parseKnownHosts(readFileSync(file, 'utf8'), file));
          for (const { line, blob } of shown) {
            const has = (marker: string, some = theirs) =>
              some.some((entry) => entry.marker === marker && entry.key === line);
            const isNew = !theirs.some(({ marker }) => marker === '');
            const expected =
              has('REVOKED') || (isNew && has('REVOKED', bare))
                ? 'revoked'
                : has('') || (isNew && has('', bare))
                  ? 'known'
                  : isNew
                    ? 'unknown'
                    : 'changed';
            expect(judgeServerKey(blob, { address: host, port }, of).verdict).toBe(expected);
          }
        },
      ),
      { numRuns: tries(500) },
    );
  }, 400_000);
});

describe.runIf(sshdIsThere)('a host key at a real sshd (needs sshd and root)', () => {
  const client = testKey();
  const others = [testKey(), testKey('ecdsa'), testKey('rsa')].map(({ line }) => line);
  let home: TestHome;
  let server: Sshd;

  beforeAll(async () => {
    home = testHome(client);
    server = await startSshd(home.directory, 'server', []);
  });
  afterAll(async () => {
    await server.close();
    home.remove();
  });

  /** What the ssh command makes of the server's key. It is let in by nobody, so an accepted key ends in a refused login. */
  function sshSays(checking: string): Promise<string> {
    const options = [
      `UserKnownHostsFile=${file}`,
      'GlobalKnownHostsFile=/dev/null',
      `StrictHostKeyChecking=${checking}`,
      'BatchMode=yes',
      'PreferredAuthentications=none',
      'UpdateHostKeys=no',
    ];
    const words = [
      '-F',
      'none',
      '-p',
      String(server.port),
      ...options.flatMap((option) => ['-o', option]),
      '127.0.0.1',
      'true',
    ];
    return new Promise((resolve) => {
      let text = '';
      const child = spawn('ssh', words, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      child.on('close', () => {
        // A key that is revoked for the bare name is warned of, and then taken as new: haprov takes it nowhere.
        if (text.includes('REVOKED HOST KEY')) resolve('revoked');
        else if (text.includes('Permission denied')) resolve('accepted');
        else if (text.includes('IDENTIFICATION HAS CHANGED')) resolve('changed');
        else if (/host key is known for|Host key verification failed/.test(text)) resolve('unknown');
        else resolve(text);
      });
    });
  }

  async function weSay(checking: SshSettings['host_key_checking']): Promise<string> {
    const transport = createSsh2Transport({ homeDirectory: home.directory });
    try {
      const settings = { known_hosts_file: file, host_key_checking: checking, user: 'root' };
      await transport.connect(testHost(server.port, home, settings));
      return 'let in';
    } catch (error) {
      if (error instanceof HostKeyError) return error.hostKey.verdict;
      return error instanceof ConnectError && error.kind === 'auth' ? 'accepted' : String(error);
    } finally {
      transport.close();
    }
  }

  it('is judged as the ssh command judges it, and recorded alike, in many files', async () => {
    const names = ['127.0.0.1', `[127.0.0.1]:${server.port}`, `[127.0.0.1]:${server.port}`];
    const line = (marker: string, key = ''): Written => ({ marker, names: '*', hashed: false, key });
    const mine = server.hostKeys[0];
    const examples = [
      [line('', mine)],
      [line('@revoked ', mine)],
      [line('', others[0])],
      [line('@cert-authority ', mine)],
    ];
    const verdicts = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        linesFor(names, [...server.hostKeys, ...others]),
        fc.constantFrom('strict', 'strict', 'accept-new'),
        async (lines, checking) => {
          writeLines(lines);
          const before = readFileSync(file, 'utf8');
          const theirs = await sshSays(checking === 'strict' ? 'yes' : checking);
          const theirFile = readFileSync(file, 'utf8');
          writeFileSync(file, before);
          expect(await weSay(checking)).toBe(theirs);
          // The key may still be on its way to the file when the login has failed already.
          const expected = theirs === 'revoked' ? before : theirFile;
          await expect.poll(() => readFileSync(file, 'utf8'), PATIENT).toBe(expected);
          verdicts.add(theirs);
        },
      ),
      { numRuns: tries(60), examples: examples.map((lines) => [lines, 'strict']) },
    );
    expect([...verdicts].sort()).toEqual(['accepted', 'changed', 'revoked', 'unknown']);
  }, 400_000);
});
