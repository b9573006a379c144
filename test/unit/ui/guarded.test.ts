import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { bareStream, guardedStream, guardedText } from '../../../src/ui/terminal/guarded.ts';
import { createRegion } from '../../../src/ui/terminal/region.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';

const ATTACKS: Readonly<Record<string, string>> = {
  'the window title': '\u001b]0;owned\u0007',
  'the clipboard': '\u001b]52;c;cm0gLXJmIC8=\u0007',
  'the line above': '\u001b[1A\u001b[2K',
  'hidden text': '\u001b[8mhidden',
  'a sequence of one byte': '\u009b2J',
  'the begin of the line': 'FAILED\rok    ',
  'the order of letters': '\u202eok',
};

it.each(Object.entries(ATTACKS))('no text that a host prints acts on %s', (_what, attack) => {
  const stream = new PassThrough();
  const written: string[] = [];
  stream.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  guardedStream(stream).write(`lb1: ${attack}\n`);
  expect(written.join('')).not.toContain(attack);
  expect(written.join('')).toMatch(/^lb1: [\x20-\x7e]*\n$/);
});

it('no text in a region that is redrawn acts on the line above', () => {
  const stream = new PassThrough();
  const region = createRegion(guardedStream(stream), () => ({ columns: 80, rows: 24 }));
  region.draw('over\u001b]0;owned\u0007\n', ['in\u001b[5A place']);
  region.close();
  const text = String(stream.read());
  expect(text).toContain('over\\x1b]0;owned\\x07');
  expect(text).toContain('in\\x1b[5A place');
  expect(text).toContain('\u001b[?25l');
});

it('leaves colours as they are', () => {
  const { red, bold, dim, alarm } = createStyle({ colour: true });
  const text = `${red('a')} ${bold(dim('b'))} ${alarm('c')}\n`;
  expect(guardedText(text)).toBe(text);
});

it('tells of a terminal what the stream tells', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
  const guarded = guardedStream(stream);
  expect(guarded.isTTY).toBe(true);
  expect(Reflect.get(guarded, 'columns')).toBe(120);
  expect(bareStream(guarded)).toBe(stream);
});
