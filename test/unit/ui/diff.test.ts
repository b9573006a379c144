import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colourDiff, cutLongLines, unifiedDiff } from '../../../src/ui/plan/diff.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import { change } from './plans.ts';

function diffOf(before: string | null, after: string | null, note?: string): string | null {
  return unifiedDiff(
    change({ action: 'update', target: '/etc/x', diff: { before, after, ...(note === undefined ? {} : { note }) } }),
  );
}

describe('a unified diff', () => {
  it('is null for a change that is no file', () => {
    expect(unifiedDiff(change({ action: 'start', target: 'service nginx' }))).toBeNull();
  });

  it('is null where a file stays the same and only its mode changes', () => {
    expect(diffOf('a\n', 'a\n')).toBeNull();
  });

  it('gives the note alone where both sides are masked alike', () => {
    expect(diffOf('p ********\n', 'p ********\n', 'a secret value changes')).toBe('(a secret value changes)\n');
  });

  it('shows an absent file as /dev/null, an empty one too', () => {
    expect(diffOf(null, 'a\n')).toBe('--- /dev/null\n+++ /etc/x\n@@ -0,0 +1,1 @@\n+a\n');
    expect(diffOf(null, '')).toBe('--- /dev/null\n+++ /etc/x\n(empty file)\n');
  });

  it('says that the newline at the end is missing', () => {
    expect(diffOf('a\n', 'a')).toContain('\\ No newline at end of file');
  });

  it('makes what would act on a terminal visible', () => {
    expect(diffOf('a\n', 'a\u001b[2J\r\n\u009b\u202e\n')).toContain('+a\\x1b[2J\\r\n+\\x9b\\u{202e}\n');
    expect(diffOf('\u001b\n', '\\x1b\n')).toContain('(differs only in control characters)');
  });

  it('never lets a control character through, whatever a host holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        expect(diffOf(before, after) ?? '').not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}]/u);
      }),
    );
  });

  it('does not print a binary file', () => {
    expect(diffOf('a\0b', null)).toBe('Binary file: 3 bytes -> absent\n');
  });

  it('stays true where the library gives up', () => {
    const lines = (word: string) => Array.from({ length: 20_000 }, (_, index) => `${word} ${index}\n`).join('');
    const text = diffOf(`head\n${lines('old')}tail\n`, `head\n${lines('new')}tail\n`) ?? '';
    expect(text.match(/^-old /gm)).toHaveLength(20_000);
    expect(text.match(/^\+new /gm)).toHaveLength(20_000);
  });

  it('cuts long lines around the place where they differ', () => {
    const [before, after] = ['old', 'new'].map((word) => `${'x'.repeat(5000)}${word}${'y'.repeat(5000)}\n`);
    const text = cutLongLines(diffOf(before ?? '', after ?? '') ?? '', 100);
    expect(text).toMatch(/^-… x+oldy+… \(9,9\d\d more characters\)$/m);
    expect(text).toMatch(/^\+… x+newy+… \(9,9\d\d more characters\)$/m);
  });

  it('colours whole lines, and nothing without colour', () => {
    const diff = diffOf('a\n', 'b\n') ?? '';
    expect(colourDiff(diff, createStyle({ colour: true })).at(-1)).toBe('\u001b[32m+b\u001b[39m');
    expect(`${colourDiff(diff, createStyle({ colour: false })).join('\n')}\n`).toBe(diff);
  });

  it('takes a removed line that begins with two dashes for what it is', () => {
    const lines = colourDiff(diffOf('-- a\n', '++ b\n') ?? '', createStyle({ colour: true }));
    expect(lines.slice(-2)).toEqual(['\u001b[31m--- a\u001b[39m', '\u001b[32m+++ b\u001b[39m']);
  });
});
