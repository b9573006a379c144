import type { Writable } from 'node:stream';
import { visible } from './text.ts';

/** A stream of the process, with what it says of a terminal. */
export type Stream = Writable & { readonly isTTY?: boolean };

// What createStyle paints with: colours, bold and dim. No other sequence is haprov's own in a text.
const ESCAPE = '\u001b';
const PAINT = new RegExp(`(${ESCAPE}\\[(?:0|1|2|22|3[1-9]|9[0-7])m)`);

const bare = new WeakMap<Writable, Writable>();

/** A text as a guarded stream writes it: colours stay, every other control character shows as `\x1b`, `\r` or `\u{202e}`. */
export function guardedText(text: string): string {
  return text
    .split(PAINT)
    .map((part, index) => (index % 2 === 1 ? part : visible(part)))
    .join('');
}

/**
 * A stream through which no text can drive the terminal: not the cursor, the title, the clipboard, nor hidden text. All
 * output of a command goes through one. What draws in place writes to `bareStream`.
 */
export function guardedStream(stream: Stream): Stream {
  const write: Writable['write'] = (chunk: unknown, ...rest: unknown[]): boolean =>
    Reflect.apply(stream.write, stream, [typeof chunk === 'string' ? guardedText(chunk) : chunk, ...rest]);
  const guarded = new Proxy(stream, {
    get: (target, key) => {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  bare.set(guarded, stream);
  return guarded;
}

/** The stream below a guarded one, for a region or a prompt that moves the cursor itself; its texts have to be guarded first. */
export function bareStream(stream: Writable): Writable {
  return bare.get(stream) ?? stream;
}
