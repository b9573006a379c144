import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { command, NulError, quote } from '../../../src/transport/quote.ts';

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '$', '`', '!', '\n', '\r', ' ', '*', '~', '{', '}', '#', ';', 'é', '-', '='),
  }),
);
const word = nasty.filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);

describe('a quoted text', () => {
  for (const shell of ['/bin/dash', '/bin/bash']) {
    it.runIf(existsSync(shell))(`comes out of ${shell} as it went in`, () => {
      fc.assert(
        fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
          // printf is a builtin: a word's NUL separator cannot be in the word.
          const script = `printf '%s\\0' ${command(words)}`;
          const { stdout } = spawnSync(shell, ['-c', script]);
          expect(stdout.toString()).toBe(words.map((text) => `${text}\0`).join(''));
        }),
        { numRuns: 150 },
      );
    });
  }

  it('may be a megabyte long', () => {
    const text = `'"$(x)`.repeat(180_000);
    expect(spawnSync('/bin/sh', { input: `printf %s ${quote(text)}`, maxBuffer: 1e8 }).stdout.toString()).toBe(text);
  });

  it('is left as it is where it is harmless', () => {
    expect(command(['systemctl', 'is-active', 'nginx.service', '/etc/x_y', ''])).toBe(
      "systemctl is-active nginx.service /etc/x_y ''",
    );
  });

  it('never is an option, an assignment or a home directory by accident', () => {
    expect(quote('~root')).toBe("'~root'");
    expect(command(['A=b', 'true'])).toBe("'A=b' true");
  });

  it('is refused with a NUL byte in it', () => {
    expect(() => quote('a\0b')).toThrow(NulError);
  });
});
