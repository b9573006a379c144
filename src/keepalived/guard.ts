import { isIP } from 'node:net';
import { HaprovError } from '../errors.ts';

/**
 * A value that could become a directive of keepalived.conf. The inventory's own checks come first and name file and
 * line; this one makes sure that nothing gets past them. Never carries the value: it may be a secret.
 */
export class UnsafeValueError extends HaprovError {
  override readonly name = 'UnsafeValueError';
  /** Where the value would have stood: "auth_pass of vrrp_instance VI_1". */
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
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const LINK = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,14}$/;
/** keepalived reads include, includer, includem, includew, includeb and includea anywhere that a line starts. */
const INCLUDE = /^include[a-z]*$/i;
/** keepalived reads lines into 1024 bytes and drops longer ones. */
const LONGEST_LINE = 1000;

function demand(ok: boolean, field: string, expected: string): void {
  if (!ok) throw new UnsafeValueError(field, expected);
}

/** One plain word. */
export function plainWord(value: string, field: string): string {
  demand(PLAIN.test(value) && !INCLUDE.test(value), field, 'one plain word');
  return value;
}

/** A name of a block: letters, digits, underscore, dot and hyphen, 64 at most. */
export function blockName(value: string, field: string): string {
  demand(NAME.test(value) && !INCLUDE.test(value), field, 'a plain name');
  return value;
}

/** A network interface or an address label: 15 characters at most. */
export function linkName(value: string, field: string): string {
  demand(LINK.test(value) && !INCLUDE.test(value), field, 'an interface name of at most 15 plain characters');
  return value;
}

/** An absolute path of plain characters. */
export function absolutePath(value: string, field: string): string {
  demand(value.startsWith('/') && PLAIN.test(value), field, 'an absolute path of plain characters');
  return value;
}

/** An absolute path and its arguments, each a plain word. */
export function commandLine(value: string, field: string): string {
  const [path = '', ...args] = value.split(' ');
  absolutePath(path, field);
  for (const argument of args) plainWord(argument, field);
  return value;
}

/** An IP address of the family; zone ids are refused. */
export function ipAddress(value: string, family: 4 | 6, field: string): string {
  demand(isIP(value) === family && !value.includes('%'), field, `an IPv${family} address`);
  return value;
}

/** A whole number within the bounds. */
export function wholeNumber(value: number, min: number, max: number, field: string): string {
  demand(Number.isInteger(value) && value >= min && value <= max, field, `a whole number within ${min}..${max}`);
  return String(value);
}

/** Seconds with at most six decimals, never in exponent form. */
export function seconds(value: number, min: number, max: number, field: string): string {
  demand(Number.isFinite(value) && value >= min && value <= max, field, `within ${min}..${max} seconds`);
  return String(Number(value.toFixed(6)));
}

/** keepalived's clear-text password: one plain word of at most 8 characters; the rest would be cut off. */
export function authPass(value: string, field: string): string {
  demand(value.length <= 8 && PLAIN.test(value) && !INCLUDE.test(value), field, 'a password of 1..8 plain characters');
  return value;
}

/** A line for global_defs: a keyword and plain words. */
export function globalLine(value: string, field: string): readonly [string, ...string[]] {
  const [keyword = '', ...args] = value.trim().split(/ +/);
  demand(/^[a-z][a-z0-9_]*$/.test(keyword) && !INCLUDE.test(keyword), field, 'a keyword of keepalived and plain words');
  for (const argument of args) plainWord(argument, field);
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
