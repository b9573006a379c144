import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  blobType,
  fingerprint,
  hashedName,
  indexKnownHosts,
  judgeHostKey,
  knownHostName,
  matchesPattern,
  parseKnownHosts,
} from '../../../src/transport/host-keys/known-hosts.ts';
import { tries } from '../../support/full.ts';
import { testKey } from '../../support/ssh-keys.ts';

const directory = mkdtempSync(join(tmpdir(), 'haprov-known-'));
const file = join(directory, 'known_hosts');
afterAll(() => rmSync(directory, { recursive: true }));

const keys = [testKey(), testKey(), testKey('ecdsa'), testKey('rsa')];
const [first = testKey(), second = testKey(), ecdsa = testKey()] = keys;
const judge = (name: string, text: string, key = first) =>
  judgeHostKey(key.parsed.getPublicSSH(), indexKnownHosts(parseKnownHosts(text, file))(name));

/** What ssh-keygen finds: line numbers, with the marker where there is one. */
function sshKeygenFinds(name: string, text: string): string[] {
  writeFileSync(file, text);
  const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' });
  return [...stdout.matchAll(/^# Host .* found: line (\d+) ?(\S*)/gm)].map(([, line, note]) => `${line} ${note}`);
}

function weFind(name: string, text: string): string[] {
  const notes = { revoked: 'REVOKED', 'cert-authority': 'CA' };
  return indexKnownHosts(parseKnownHosts(text, file))(name).map(
    ({ line, marker }) => `${line} ${marker === undefined ? '' : notes[marker]}`,
  );
}

const label = fc.constantFrom('lb1', 'lb2', 'web', 'example', 'com', 'a');
const plainName = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.')),
  fc.constantFrom('10.0.0.1', '10.0.0.10', 'fe80::1', '2001:db8::2'),
);
const name = fc.tuple(plainName, fc.constantFrom(22, 22, 2222, 2200)).map(([host, port]) => knownHostName(host, port));
const pattern = fc.oneof(
  { weight: 4, arbitrary: name },
  fc.tuple(name, fc.nat(), fc.constantFrom('*', '?', '**', '*?')).map(([text, at, wild]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + wild + text.slice(place + 1);
  }),
  fc.constantFrom('*', '*.example.com', '10.0.0.*', '[*]:2222', 'LB1', 'Web.Example.*'),
);
const patterns = fc
  .array(
    fc.tuple(fc.boolean(), pattern).map(([not, text]) => (not && text.length % 3 === 0 ? `!${text}` : text)),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((list) => list.join(','));
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', '', '', '@revoked ', '@cert-authority ', ' ', '\t'),
        patterns,
        fc.constantFrom(...keys),
        fc.constantFrom('', ' comment', ' a b '),
      )
      .map(([marker, names, key, comment]) => `${marker}${names} ${key.line}${comment}`),
  },
  fc.constantFrom('', '# a comment', 'lb1', 'lb1 ssh-ed25519', '|1|x|y ssh-rsa AAAA', '@unknown lb1 x y'),
);

describe('a known_hosts file', () => {
  it('is understood as ssh-keygen -F understands it, plain and hashed', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.array(name, { minLength: 1, maxLength: 2 }),
        fc.boolean(),
        (lines, names, hashed) => {
          let text = `${lines.join('\n')}\n`;
          if (hashed) {
            writeFileSync(file, text);
            spawnSync('ssh-keygen', ['-H', '-f', file]);
            text = spawnSync('cat', [file], { encoding: 'utf8' }).stdout;
          }
          for (const asked of names) expect(weFind(asked, text)).toEqual(sshKeygenFinds(asked, text));
        },
      ),
      { numRuns: tries(200) },
    );
  });

  it('knows a host by its key, among several', () => {
    const text = `lb1 ${second.line}\nlb1,10.0.0.1 ${first.line}\n`;
    expect(judge('lb1', text)).toEqual({ verdict: 'known' });
    expect(judge('10.0.0.1', text)).toEqual({ verdict: 'known' });
  });

  it('says which line holds another key of the same type', () => {
    const verdict = judge('lb1', `# mine\n\nlb1 ${second.line}\n`);
    expect(verdict).toMatchObject({ verdict: 'changed', entries: [{ file, line: 3, keyType: 'ssh-ed25519' }] });
  });

  it('takes a key of another type than the known one for a changed key, as OpenSSH does', () => {
    expect(judge('lb1', `lb1 ${ecdsa.line}\n`)).toMatchObject({ verdict: 'changed', entries: [{ line: 1 }] });
  });

  it('keeps ports apart', () => {
    const text = `lb1 ${first.line}\n[lb1]:2222 ${second.line}\n`;
    expect(judge(knownHostName('lb1', 2222), text)).toMatchObject({ verdict: 'changed' });
    expect(judge(knownHostName('lb1', 2200), text)).toMatchObject({ verdict: 'unknown', entries: [] });
    expect(judge(knownHostName('LB1', 22), text)).toEqual({ verdict: 'known' });
  });

  it('has IPv6 addresses in one notation, whatever the inventory writes', () => {
    expect(knownHostName('2001:DB8:0:0::1', 22)).toBe('2001:db8::1');
    expect(knownHostName('2001:db8:0:0:1:0:0:1', 2222)).toBe('[2001:db8::1:0:0:1]:2222');
    expect(knownHostName('::ffff:10.0.0.1', 22)).toBe('::ffff:10.0.0.1');
    expect(knownHostName('2001:db8::1', 2222, 'Web')).toBe('web');
  });

  it('puts a revocation above everything', () => {
    expect(judge('lb1', `lb1 ${first.line}\n@revoked * ${first.line}\n`)).toMatchObject({
      verdict: 'revoked',
      entries: [{ line: 2 }],
    });
    expect(judge('lb1', `@revoked lb2 ${first.line}\nlb1 ${first.line}\n`)).toEqual({ verdict: 'known' });
  });

  it('takes no certificate authority for a host key', () => {
    expect(judge('lb1', `@cert-authority * ${first.line}\n`)).toMatchObject({
      verdict: 'unknown',
      entries: [],
      authorities: [{ line: 1 }],
    });
  });

  it('lets a negated pattern win', () => {
    expect(judge('lb9.example.com', `*.example.com,!lb9.* ${first.line}\n`)).toMatchObject({ verdict: 'unknown' });
  });

  it('holds no key where the line is damaged, though ssh-keygen -F shows such lines too', () => {
    const key = first.line.split(' ')[1] ?? '';
    const damaged = [
      'ssh-ed25519 not-a-key',
      `ssh-rsa ${key}`,
      `ssh-ed25519 ${key.slice(0, -8)}`,
      `ssh-ed25519 ${key}AAAA`,
      `ssh-ed25519 ${key.slice(0, 30)}!${key.slice(30)}`,
    ];
    const text = damaged.map((line) => `lb1 ${line}\n`).join('');
    expect(judge('lb1', text)).toMatchObject({ verdict: 'unknown', entries: [] });
  });

  it('may have Windows line ends and no last newline', () => {
    expect(judge('lb1', `lb2 ${second.line}\r\nlb1 ${first.line}`)).toEqual({ verdict: 'known' });
  });

  it('is read in good time, whatever its patterns', () => {
    expect(matchesPattern('a'.repeat(2000), `${'*a'.repeat(1000)}b`)).toBe(false);
  });

  it('survives lines of any content', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        (text) => void indexKnownHosts(parseKnownHosts(text, file))('lb1'),
      ),
    );
  });
});

describe('a hashed name', () => {
  it('is found by ssh-keygen, and does not show the name', () => {
    for (const asked of ['lb1', '[lb1]:2222', '2001:db8::1']) {
      const text = `${hashedName(asked)} ${first.line}\n`;
      expect(text).not.toContain(asked);
      expect(sshKeygenFinds(asked, text)).toEqual(['1 ']);
      expect(hashedName(asked)).not.toBe(hashedName(asked));
    }
  });

  it('is found among thousands in little time', () => {
    const text = Array.from({ length: 3000 }, (_, n) => `${hashedName(`lb${n}`)} ${first.line}`).join('\n');
    const find = indexKnownHosts(parseKnownHosts(text, file));
    for (const n of [0, 1500, 2999]) expect(find(`lb${n}`).map(({ line: at }) => at)).toEqual([n + 1]);
  });
});

describe('a fingerprint', () => {
  it('is what ssh-keygen prints', () => {
    writeFileSync(file, `${first.public}\n`);
    const { stdout } = spawnSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' });
    expect(stdout).toContain(` ${fingerprint(first.parsed.getPublicSSH())} `);
    expect(blobType(first.line.split(' ')[1] ?? '')).toBe('ssh-ed25519');
  });
});
