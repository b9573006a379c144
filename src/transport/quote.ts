import { HaprovError } from '../errors.ts';

/** A NUL byte where a shell would end or drop the text; C strings cannot carry one. */
export class NulError extends HaprovError {
  override readonly name = 'NulError';

  constructor() {
    super('text for a shell contains a NUL byte', { next: 'Remove the NUL byte, or send the text on standard input.' });
  }
}

/** `text` as one word of a POSIX shell, whatever it holds. Throws NulError. Source: POSIX 2.2.2. */
export function quote(text: string): string {
  if (text.includes('\0')) throw new NulError();
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command line from its words. Throws NulError. */
export function command(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}
