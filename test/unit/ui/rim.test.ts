import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { HaprovError, UsageError } from '../../../src/errors.ts';
import { renderError } from '../../../src/ui/terminal/error-view.ts';
import { chooseOutput } from '../../../src/ui/terminal/output.ts';
import { askSecret, confirm, InterruptedError, NoTerminalError } from '../../../src/ui/terminal/prompt.ts';
import { createStyle } from '../../../src/ui/terminal/style.ts';
import { clip, columnsOf, duration, wrapList } from '../../../src/ui/terminal/text.ts';

const style = createStyle({ colour: false });

describe('the choice of output', () => {
  const choose = (
    isTTY: boolean,
    env: Record<string, string> = {},
    flags: { json?: boolean; color?: boolean } = {},
  ) => {
    const { kind, colour } = chooseOutput({ isTTY, env, flags });
    return `${kind} ${colour ? 'coloured' : 'bare'}`;
  };

  it('is a coloured live view on a terminal, and bare plain lines elsewhere', () => {
    expect(choose(true)).toBe('terminal coloured');
    expect(choose(false)).toBe('plain bare');
  });

  it('heeds NO_COLOR unless it is empty, --no-color, TERM=dumb and CI', () => {
    expect(choose(true, { NO_COLOR: '1' })).toBe('plain bare');
    expect(choose(true, { NO_COLOR: '' })).toBe('terminal coloured');
    expect(choose(true, {}, { color: false })).toBe('plain bare');
    expect(choose(true, { TERM: 'dumb' })).toBe('plain bare');
    expect(choose(true, { CI: 'true' })).toBe('plain coloured');
  });

  it('heeds FORCE_COLOR below NO_COLOR', () => {
    expect(choose(false, { FORCE_COLOR: '1' })).toBe('plain coloured');
    expect(choose(true, { FORCE_COLOR: '0' })).toBe('terminal bare');
    expect(choose(false, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe('plain bare');
  });

  it('is bare JSON when asked for, whatever else is set', () => {
    expect(choose(true, { FORCE_COLOR: '1' }, { json: true })).toBe('json bare');
  });

  it('draws in ASCII where the locale is not UTF-8', () => {
    const unicode = (env: Record<string, string>) => chooseOutput({ isTTY: true, env, flags: {} }).unicode;
    expect([unicode({ LANG: 'C' }), unicode({ LANG: 'C.UTF-8' }), unicode({})]).toEqual([false, true, true]);
  });
});

describe('an error for people', () => {
  it('says host, action, cause, evidence and next step, without a stack', () => {
    const evidence = Array.from({ length: 12 }, (_, index) => `line ${index}`).join('\n');
    const error = new HaprovError('no space left on device', {
      host: 'lb1',
      action: 'write /etc/x',
      next: 'free some',
      evidence,
    });
    const text = renderError(error, style);
    expect(text).toBe(
      `ERROR  lb1  write /etc/x: no space left on device\n  | (4 earlier lines; --verbose shows them)\n${Array.from({ length: 8 }, (_, index) => `  | line ${index + 4}\n`).join('')}  Fix: free some\n`,
    );
    expect(renderError(error, style, { verbose: true })).toContain('  | line 0\n');
  });

  it('keeps the stack of an unexpected error for --verbose', () => {
    expect(renderError(new TypeError('x is undefined'), style)).not.toContain('rim.test.ts');
    expect(renderError(new TypeError('x is undefined'), style, { verbose: true })).toContain('rim.test.ts');
  });

  it('shows each of several errors', () => {
    const text = renderError(new AggregateError([new UsageError('one'), new UsageError('two')]), style);
    expect(text).toBe('ERROR  one\nERROR  two\n');
  });
});

describe('a prompt', () => {
  it('refuses without a terminal, and says what to do instead', async () => {
    const streams = { input: new PassThrough(), output: new PassThrough() };
    await expect(confirm('Apply?', streams)).rejects.toThrow(NoTerminalError);
    await expect(askSecret('Password?', streams)).rejects.toMatchObject({
      facts: { next: expect.stringContaining('{ env: NAME }') },
    });
  });

  const terminal = () => ({
    input: Object.assign(new PassThrough(), { isTTY: true }),
    output: Object.assign(new PassThrough(), { isTTY: true }),
  });

  /** Types once the question is there; the prompt listens by the end of the turn in which it draws it. */
  const type = (text: string, question: string, { input, output }: ReturnType<typeof terminal>): void => {
    let shown = '';
    const look = (chunk: unknown): void => {
      shown += String(chunk);
      if (!shown.includes(question)) return;
      output.off('data', look);
      setImmediate(() => input.write(text));
    };
    output.on('data', look);
  };

  it('takes Enter for no', async () => {
    const streams = terminal();
    const answer = confirm('Apply?', streams);
    type('\r', 'Apply?', streams);
    expect(await answer).toBe(false);
  });

  it('rejects as interrupted on Ctrl-C', async () => {
    const streams = terminal();
    const answer = confirm('Apply?', streams);
    type('\u0003', 'Apply?', streams);
    await expect(answer).rejects.toThrow(InterruptedError);
  });

  it('does not show a secret that is typed', async () => {
    const streams = terminal();
    let shown = '';
    streams.output.on('data', (chunk) => {
      shown += String(chunk);
    });
    const answer = askSecret('Password?', streams);
    type('hunter2\r', 'Password?', streams);
    expect(await answer).toBe('hunter2');
    expect(shown).not.toContain('hunter2');
  });
});

describe('text', () => {
  it('counts wide letters twice and marks not at all', () => {
    expect([columnsOf('abc'), columnsOf('日本'), columnsOf('e\u0301'), columnsOf('✅')]).toEqual([3, 4, 1, 2]);
  });

  it('is cut to columns, never in the middle of a letter', () => {
    expect([clip('abcdef', 4), clip('abcd', 4), clip('日本語', 5), clip('abcdef', 5, false)]).toEqual([
      'abc…',
      'abcd',
      '日本…',
      'ab...',
    ]);
  });

  it('wraps lists between words', () => {
    expect(wrapList(['a', 'b', 'cc'], 5)).toEqual(['a, b,', 'cc']);
  });

  it('names durations as people do', () => {
    expect([400, 12_340, 59_960, 118_000, 7_380_000].map(duration)).toEqual([
      '0.4s',
      '12.3s',
      '1m00s',
      '1m58s',
      '2h03m',
    ]);
  });
});
