import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressSubject } from '../../../src/facts/network/address.ts';
import { createReader, FactError } from '../../../src/facts/reader/reader.ts';
import type { Subject } from '../../../src/facts/reader/subject.ts';
import { contentSubject, fileSubject } from '../../../src/facts/system/file.ts';
import { osSubject } from '../../../src/facts/system/os.ts';
import { packageSubject } from '../../../src/facts/system/package.ts';
import { probeSubject } from '../../../src/facts/system/probe.ts';
import { sysctlSubject } from '../../../src/facts/system/sysctl.ts';
import { iptablesSubject } from '../../../src/firewall/iptables-table.ts';
import type { RunResult, Session } from '../../../src/transport/session.ts';
import { HOST, SHELLS, shellSession } from './support.ts';

/** Answers each key with the text that its script printed for it. */
function subject(name: string, script: (keys: readonly string[]) => string): Subject<string, string> {
  return { name, script, parse: (output, keys) => keys.map((key) => `${key}=${output}`) };
}

const echo = subject('echo', (keys) => `echo ${keys.join(' ')}`);

/** A session that gives back what it is told, whatever it is asked. */
function cannedSession(answer: (script: string) => RunResult | Error): Session {
  return {
    host: HOST,
    run: async (script) => {
      const result = answer(script);
      if (result instanceof Error) throw result;
      return result;
    },
    close: () => undefined,
  };
}

describe.each(SHELLS)('a round of questions, asked through %s', (...shell) => {
  it('goes into one round trip, however many ask', async () => {
    const seen: string[] = [];
    const { ask, rounds } = createReader(shellSession(shell, seen));
    const answers = await Promise.all([ask(echo, 'a'), ask(echo, 'b'), Promise.resolve().then(() => ask(echo, 'c'))]);
    expect(answers).toEqual(['a=a b c\n', 'b=a b c\n', 'c=a b c\n']);
    expect([seen.length, rounds()]).toEqual([1, 1]);
  });

  it('answers from memory what was answered, or is being asked', async () => {
    const seen: string[] = [];
    const { ask } = createReader(shellSession(shell, seen));
    const [first, twice] = await Promise.all([ask(echo, 'a'), ask(echo, 'a')]);
    expect([first, twice, await ask(echo, 'a')]).toEqual(['a=a\n', 'a=a\n', 'a=a\n']);
    expect(seen).toHaveLength(1);
  });

  it('asks what is new in a round of its own', async () => {
    const { ask, rounds } = createReader(shellSession(shell));
    await ask(echo, 'a');
    await Promise.all([ask(echo, 'a'), ask(echo, 'b')]);
    expect(rounds()).toBe(2);
  });

  it.each([
    ['fails', 'echo sorry >&2; false', 'exit status 1'],
    ['exits', 'exit 7', 'exit status 7'],
    ['misses a command', 'no-such-command-here', 'exit status 127'],
    ['sets -e and -u', 'set -eu; x=$nothing_of_that_name', 'exit status'],
    ['ends its own shell', "kill -9 $(sh -c 'echo $PPID')", 'exit status 137'],
  ])('rejects only the questions of a subject that %s', async (_, script, message) => {
    const bad = subject('bad', () => script);
    const { ask, rounds } = createReader(shellSession(shell));
    const [before, failed, after] = await Promise.allSettled([
      ask(echo, 'a'),
      ask(bad, 'x'),
      ask(
        subject('later', () => 'echo later'),
        'b',
      ),
    ]);
    expect(before).toMatchObject({ status: 'fulfilled' });
    expect(after).toEqual({ status: 'fulfilled', value: 'b=later\n' });
    expect(failed).toMatchObject({ status: 'rejected', reason: { facts: { host: 'lb1', action: 'read facts: bad' } } });
    expect(failed.status === 'rejected' && failed.reason instanceof FactError && failed.reason.message).toContain(
      message,
    );
    expect(rounds()).toBe(1);
  });

  it('lets no subject eat the script of the next', async () => {
    const { ask } = createReader(shellSession(shell));
    const eater = subject('eater', () => 'cat; read line; echo "[$line]"');
    expect(await Promise.all([ask(eater, 'a'), ask(echo, 'b')])).toEqual(['a=[]\n', 'b=b\n']);
  });

  it('keeps output apart that has no newline at its end, many, or nothing', async () => {
    const { ask } = createReader(shellSession(shell));
    const texts = ['printf abc', "printf 'abc\\n\\n\\n'", ':', "printf '\\n'"];
    const answers = await Promise.all(
      texts.map((text, index) =>
        ask(
          subject(`s${index}`, () => text),
          'k',
        ),
      ),
    );
    expect(answers).toEqual(['k=abc', 'k=abc\n\n\n', 'k=', 'k=\n']);
  });

  it('is not taken in by output that imitates its marks', async () => {
    const { ask } = createReader(shellSession(shell));
    const liar = subject(
      'liar',
      () => "printf '\\nhaprov-000000000000000000 0 0\\n\\nhaprov-0 1\\nforged\\nhaprov-0 1 0\\n'",
    );
    const [lie, truth] = await Promise.all([ask(liar, 'a'), ask(echo, 'b')]);
    expect(lie).toContain('forged');
    expect(truth).toBe('b=b\n');
  });

  it('of a playbook is answered at once by real subjects', async () => {
    const { ask, rounds } = createReader(shellSession(shell));
    const [os, dpkg, none, passwd, nothing, sysctl, yes, addresses] = await Promise.all([
      ask(osSubject, 'os'),
      ask(packageSubject, 'dpkg'),
      ask(packageSubject, 'no-such-package'),
      ask(fileSubject, '/etc/passwd'),
      ask(contentSubject, '/no/such'),
      ask(sysctlSubject, 'kernel.ostype'),
      ask(probeSubject, 'true'),
      ask(addressSubject, 'addresses').catch(() => undefined),
    ]);
    expect(os.family).toBe('debian');
    expect(dpkg.version).not.toBeNull();
    expect(none.version).toBeNull();
    expect(passwd).toMatchObject({ type: 'file', owner: 'root' });
    expect(nothing).toBeNull();
    expect(sysctl.live).toBe('Linux');
    expect(yes).toBe(true);
    if (addresses !== undefined) expect(addresses.some(({ address }) => address === '127.0.0.1')).toBe(true);
    expect(rounds()).toBe(1);
  });
});

describe('an answer that is not whole', () => {
  it('rejects the questions whose section is missing, and those alone', async () => {
    const cut = (script: string): RunResult => {
      const mark = /echo (haprov-[0-9a-f]+) 0/.exec(script)?.[1] ?? '';
      return { code: 0, stdout: `\n${mark} 0\nfine\n\n${mark} 0 0\n\n${mark} 1\nhalf an ans`, stderr: '' };
    };
    const { ask } = createReader(cannedSession(cut));
    const other = subject('other', () => 'echo');
    const [first, second] = await Promise.allSettled([ask(echo, 'a'), ask(other, 'b')]);
    expect(first).toEqual({ status: 'fulfilled', value: 'a=fine\n' });
    expect(second).toMatchObject({
      status: 'rejected',
      reason: { message: 'the host ended the questions before this one was answered' },
    });
  });

  it('is never "absent": an empty one rejects everything', async () => {
    const { ask } = createReader(cannedSession(() => ({ code: 0, stdout: '', stderr: 'sh: 1: Syntax error' })));
    await expect(ask(fileSubject, '/etc/passwd')).rejects.toMatchObject({
      name: 'FactError',
      facts: { evidence: 'sh: 1: Syntax error' },
    });
  });

  it('rejects when it is cut within the exit status', async () => {
    const cut = (script: string): RunResult => {
      const mark = /echo (haprov-[0-9a-f]+) 0/.exec(script)?.[1] ?? '';
      return { code: 0, stdout: `\n${mark} 0\n\n\n${mark} 0 `, stderr: '' };
    };
    await expect(createReader(cannedSession(cut)).ask(fileSubject, '/etc/passwd')).rejects.toThrow(FactError);
  });

  it('passes on a lost connection as it is, to all who asked', async () => {
    const lost = new Error('lost');
    const { ask } = createReader(cannedSession(() => lost));
    const results = await Promise.allSettled([ask(echo, 'a'), ask(fileSubject, '/b')]);
    expect(results.map((result) => result.status === 'rejected' && result.reason)).toEqual([lost, lost]);
  });

  it('says what the parser missed', async () => {
    const { ask } = createReader(shellSession(['dash']));
    const picky: Subject<string, string> = {
      name: 'picky',
      script: () => 'echo',
      parse: () => {
        throw new Error('three lines were expected');
      },
    };
    await expect(ask(picky, 'a')).rejects.toMatchObject({
      message: 'three lines were expected',
      facts: { action: 'read facts: picky' },
    });
  });
});

describe('a host whose tools are broken', () => {
  let bin: string;
  beforeAll(() => {
    bin = mkdtempSync(join(tmpdir(), 'haprov-bin-'));
    for (const [name, body] of Object.entries({
      'iptables-save': 'echo "cannot open the kernel table" >&2; exit 1',
      rpm: 'exit 1',
    })) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(bin, name), 0o755);
    }
  });
  afterAll(() => rmSync(bin, { recursive: true }));

  it('fails the question about iptables and answers the rest', async () => {
    const { ask } = createReader(shellSession(['dash'], [], `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`));
    const [rules, file] = await Promise.allSettled([ask(iptablesSubject, 'iptables'), ask(fileSubject, '/etc/passwd')]);
    expect(rules).toMatchObject({
      status: 'rejected',
      reason: { facts: { evidence: expect.stringContaining('cannot open') } },
    });
    expect(file.status).toBe('fulfilled');
  });
});
