import { isIP } from 'node:net';
import { HaprovError } from '../errors.ts';

/**
 * A value that could become a directive of keepalived.conf. The inventory's own checks come first and name file and
 * line; this one makes sure that nothing gets past them. Never carries the value: it may be a secret.
 */
export class UnsafeValueError extends HaprovError {
  override readonly name = 'UnsafeValueError';
  /** Where the value would have stood: "priority of vrrp_instance VI_1". */
  readonly field: string;

  constructor(field: string, expected: string) {
    super(`${field} is not ${expected}`, {
      action: 'write keepalived.conf',
      next: `Set ${field} to a value that keepalived reads as one plain word.`,
    });
    this.field = field;
  }
}

/**
 * keepalived cuts comments at # and !, expands $NAME and ~SEQ, drops lines by @ID, continues lines at a backslash,
 * nests at braces and groups at quotes (keepalived lib/parser.c). What is left of printable ASCII is literal.
 */
const PLAIN = /^[A-Za-z0-9_.:,/=?&%+*^|[\]-]+$/;
const MAIL = /^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$/;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const LINK = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,14}$/;
/** keepalived reads include, includer, includem, includew, includeb and includea anywhere that a line starts. */
const INCLUDE = /^include[a-z]*$/i;
/** keepalived reads lines into 1024 bytes and drops longer ones. */
const LONGEST_LINE = 1000;

function demand(ok: boolean, field: string, expected: string): void {
  if (!ok) throw new UnsafeValueError(field, expected);
}

function text(value: unknown, field: string, ok: (value: string) => boolean, expected: string): string {
  if (typeof value !== 'string' || !ok(value) || INCLUDE.test(value)) throw new UnsafeValueError(field, expected);
  return value;
}

/** One plain word. */
export function plainWord(value: unknown, field: string): string {
  return text(value, field, (word) => PLAIN.test(word), 'one plain word');
}

/** A name of a block: letters, digits, underscore, dot and hyphen, 64 at most. */
export function blockName(value: unknown, field: string): string {
  return text(value, field, (word) => NAME.test(word), 'a plain name');
}

/** A network interface or an address label: 15 characters at most. */
export function linkName(value: unknown, field: string): string {
  return text(value, field, (word) => LINK.test(word), 'an interface name of at most 15 plain characters');
}

/** An absolute path of plain characters. */
export function absolutePath(value: unknown, field: string): string {
  const ok = (word: string): boolean => word.startsWith('/') && PLAIN.test(word);
  return text(value, field, ok, 'an absolute path of plain characters');
}

/** An absolute path and its arguments, each a plain word. */
export function commandLine(value: unknown, field: string): string {
  const [path, ...args] = String(value).split(' ');
  return [absolutePath(path, field), ...args.map((argument) => plainWord(argument, field))].join(' ');
}

/** An IP address of the family; zone ids are refused. */
export function ipAddress(value: unknown, family: 4 | 6, field: string): string {
  return text(value, field, (word) => isIP(word) === family && !word.includes('%'), `an IPv${family} address`);
}

function number(value: unknown, field: string, ok: (value: number) => boolean, expected: string): number {
  if (typeof value !== 'number' || !ok(value)) throw new UnsafeValueError(field, expected);
  return value;
}

/** A whole number within the bounds. */
export function wholeNumber(value: unknown, min: number, max: number, field: string): string {
  const ok = (n: number): boolean => Number.isInteger(n) && n >= min && n <= max;
  return String(number(value, field, ok, `a whole number within ${min}..${max}`));
}

/** Seconds with at most six decimals, never in exponent form. */
export function seconds(value: unknown, min: number, max: number, field: string): string {
  const ok = (n: number): boolean => n >= min && n <= max;
  return String(Number(number(value, field, ok, `within ${min}..${max} seconds`).toFixed(6)));
}

/** keepalived's clear-text password: one plain word of at most 8 characters; the rest would be cut off. */
export function authPass(value: unknown, field: string): string {
  return text(value, field, (word) => word.length <= 8 && PLAIN.test(word), 'a password of 1..8 plain characters');
}

/** A mail address. keepalived drops lines that begin with @, and this one cannot. */
export function mailAddress(value: unknown, field: string): string {
  return text(
    value,
    field,
    (word) => /^[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9][A-Za-z0-9.-]*$/.test(word),
    'a mail address',
  );
}

/** A line for global_defs: a keyword and plain words. */
export function globalLine(value: string, field: string): readonly [string, ...string[]] {
  const [keyword = '', ...args] = value.trim().split(/ +/);
  demand(/^[a-z][a-z0-9_]*$/.test(keyword) && !INCLUDE.test(keyword), field, 'a keyword of keepalived and plain words');
  for (const argument of args) {
    const brace = argument === '{' || argument === '}';
    demand(
      brace || (keyword.startsWith('notification_email') && MAIL.test(argument)) || PLAIN.test(argument),
      field,
      'a keyword of keepalived and plain words',
    );
    demand(!INCLUDE.test(argument), field, 'a keyword of keepalived and plain words');
  }
  const [open, close] = [args.indexOf('{'), args.indexOf('}')];
  demand(
    open === -1 ? close === -1 : open === 0 && close === args.length - 1,
    field,
    'one keyword with one pair of braces',
  );
  demand(args.filter((word) => word === '{').length < 2, field, 'one keyword with one pair of braces');
  return [keyword, ...args];
}

/** A finished line. */
export function shortLine(line: string): string {
  demand(
    line.length <= LONGEST_LINE,
    `the line "${line.trim().split(' ', 1).join('')}"`,
    `at most ${LONGEST_LINE} characters long`,
  );
  return line;
}
