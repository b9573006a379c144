import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createApplyView } from '../../../src/ui/apply/apply-view.ts';
import { bareStream, guardedStream, guardedText } from '../../../src/ui/terminal/guarded.ts';
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

it('no text in a list that is redrawn acts on the line above, and the list itself moves the cursor', async () => {
  const stream = new PassThrough();
  const rest = { inventoryPath: 'i.yaml', verbose: false, colour: true, unicode: false, columns: 80, rows: 24 };
  const view = await createApplyView('terminal', { out: guardedStream(stream), ...rest });
  view.emit({ event: 'hosts', hosts: [{ host: 'lb1', cluster: 'web' }] });
  view.emit({ event: 'planned', host: 'lb1', changes: 1 });
  view.emit({ event: 'phase-start', host: 'lb1', phase: 'prepare' });
  view.emit({ event: 'change-start', host: 'lb1', task: 't', action: 'start', target: 'in\u001b[5A place' });
  await new Promise((resolve) => setTimeout(resolve, 300));
  view.close();
  const text = String(stream.read());
  expect(text).toContain('in\\x1b[5A place');
  expect(text).not.toContain('\u001b[5A');
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
