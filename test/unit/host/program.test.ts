import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeLine, runVerb } from '../../../src/host/client.ts';
import { decodeValue, encodeValue } from '../../../src/host/encode.ts';
import { hostProgram, hostText, PARTS } from '../../../src/host/program.ts';
import type { RunResult } from '../../../src/transport/session.ts';
import { HOST } from '../facts/support.ts';
import { ScratchRoot, SHELLS } from './support.ts';

let root: ScratchRoot;
beforeEach(() => {
  root = new ScratchRoot();
});
afterEach(() => root.remove());

const AWKWARD = [
  '',
  'plain',
  ' two  blanks ',
  `'"\`$(id)\`;&|<>*?[a]~#!\\n\\0101`,
  'a\nb\n\n',
  '100% of %41',
  'naïve — ünïcode',
  '\t\r\x01\x7f',
];

it('is one text with a hash, of files that are all named', () => {
  const { text, sha256 } = hostProgram();
  expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
  for (const part of PARTS) expect(text).toContain(hostText(part));
  const files = readdirSync(new URL('../../../src/host/', import.meta.url)).filter((name) => name.endsWith('.sh'));
  expect(files.sort()).toEqual([...PARTS, 'carry'].map((part) => `${part}.sh`).sort());
});

describe.each(SHELLS)('under %s', (...shell) => {
  it('an argument arrives as it was given, whatever is in it', () => {
    for (const text of AWKWARD) {
      expect(decodeValue(encodeValue(text))).toBe(text);
      const words = changeLine('kind', { other: 'x y', it: text, last: 'z' });
      const script = `${hostText('lib')}\narguments=" ${words} "\nget it || echo missing\nprintf '%s.' "$value"\nget nothing || echo none`;
      expect(root.spawn(shell, ['-c', script])).toEqual({ code: 0, stdout: `${text}.none\n`, stderr: '' });
    }
  });

  it('an argument that is not encoded is refused', () => {
    const script = `${hostText('lib')}\narguments=" it=a%4g "\nget it`;
    expect(root.spawn(shell, ['-c', script])).toMatchObject({
      code: 1,
      stderr: 'an argument is not percent-encoded: a%4g\n',
    });
  });

  it('an unknown verb, an unknown kind of change and no verb are refused', () => {
    expect(root.run(shell, ['nonsense'])).toMatchObject({ code: 1, stderr: "this haprov knows no verb 'nonsense'\n" });
    expect(root.run(shell, [])).toMatchObject({ code: 1 });
    expect(root.run(shell, ['change', 'nonsense']).code).toBe(1);
    expect(root.run(shell, ['changes'], 'nonsense a=b\nmore c=d\n')).toEqual({
      code: 1,
      stdout: '',
      stderr: "this haprov knows no change of the kind 'nonsense'\nthis haprov knows no change of the kind 'more'\n",
    });
  });

  it('it is carried to a host that has none, and found there afterwards', () => {
    const call = { verb: 'changes', content: 'nonsense a=b\n' } as const;
    expect(root.call(shell, call, false)).toEqual({ code: 127, stdout: '', stderr: 'haprov-absent\n' });
    expect(root.call(shell, call, true)).toMatchObject({ code: 1, stderr: expect.stringContaining("kind 'nonsense'") });
    const { sha256, text } = hostProgram();
    expect(root.read(`var/lib/haprov/program/${sha256}.sh`)).toBe(text);
    expect(readdirSync(root.path('var/lib/haprov/program'))).toEqual([`${sha256}.sh`]);
    expect(statSync(root.path('var/lib/haprov/program')).mode & 0o777).toBe(0o700);
    for (const carried of [false, true]) expect(root.call(shell, call, carried).stderr).toContain("kind 'nonsense'");
  });

  it('one that is cut off on its way is not put in place', () => {
    const { text, sha256 } = hostProgram();
    const sum = `sum=${sha256}\nbytes=${Buffer.byteLength(text)}\nabsent=x\n`;
    const cut = root.spawn(shell, ['-c', `${sum}${hostText('carry')}`], text.slice(0, -100));
    expect(cut).toMatchObject({ code: 1, stderr: 'the program did not arrive whole\n' });
    expect(readdirSync(root.path('var/lib/haprov/program'))).toEqual([]);
  });
});

it('a verb takes one round trip where the host has the program, and a second one that carries it where it has not', async () => {
  const sent: number[] = [];
  const answers: RunResult[] = [];
  const session = {
    host: HOST,
    run: async (script: string, options?: { readonly stdin?: Uint8Array }) => {
      sent.push(options?.stdin?.length ?? 0);
      const absent = /absent=(\S+)/.exec(script)?.[1] ?? '';
      return answers.shift() ?? { code: 127, stdout: '', stderr: `${absent}\n` };
    },
    close: () => undefined,
  };
  const size = Buffer.byteLength(hostProgram().text);
  const done = { code: 0, stdout: 'done\n', stderr: '' };
  answers.push(done);
  expect(await runVerb(session, { verb: 'changes', content: 'abc' })).toEqual(done);
  expect(sent.splice(0)).toEqual([3]);
  await runVerb(session, { verb: 'changes' });
  expect(sent.splice(0)).toEqual([0, size]);
  await runVerb(session, { verb: 'changes' }, { carry: true });
  expect(sent).toEqual([size]);
});
