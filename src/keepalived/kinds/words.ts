import { z } from 'zod';
import { decimal, flag as flagSchema, text as textSchema } from '../fields.ts';
import { ipAddress, plainWord, seconds } from '../guard.ts';
import type { Frame, Kind } from '../keyword.ts';
import { ipFamily, isInclude } from '../names.ts';
import type { Statement } from '../parse.ts';
import { block, inside } from '../statements.ts';
import { shownNumber } from './plain.ts';

/** A flag of which keepalived's default may be either: `KEYWORD`, or `KEYWORD false`. Read as nothing where it does not stand. */
export const toggle: Kind<boolean> = {
  type: 'plain',
  schema: flagSchema(),
  must: 'true or false',
  says: '`true` or `false`',
  write: (keyword, value) => [value === false ? `${keyword} false` : keyword],
  read: (keyword, body) => {
    const words = argsOf(keyword, body);
    return words === undefined ? undefined : !/^(false|no|off)$/i.test(words[0] ?? '');
  },
};

/** Seconds with decimals. */
export function duration(min: number, max: number, decimals: number): Kind<number> {
  const must = `seconds from ${min} to ${max}, with at most ${decimals} decimals`;
  const unit = 10 ** decimals;
  return {
    type: 'plain',
    schema: decimal(min, max).refine(
      (value) => Math.abs(value * unit - Math.round(value * unit)) < 1e-6,
      `must be ${must}`,
    ),
    must,
    says: `${min} to ${max} s, at most ${decimals} decimals`,
    write: (keyword, value, { of }) => [`${keyword} ${seconds(value, min, max, of(keyword))}`],
    read: (keyword, body) => {
      const word = argsOf(keyword, body)?.[0];
      return word === undefined ? undefined : Number(word);
    },
    show: ({ text }) => shownNumber(text),
  };
}

/** Words of a fixed form after the keyword; `what` completes "must be". */
export function words(what: string, pattern: RegExp): Kind<string> {
  return {
    type: 'plain',
    schema: textSchema(what, pattern).refine(isPlainLine, `must be ${what}, without include`),
    must: what,
    says: what,
    write: (keyword, value, { of }) => [`${keyword} ${plainLine(value, of(keyword))}`],
    read: (keyword, body) => argsOf(keyword, body)?.join(' '),
  };
}

/** A flag that may have words after it: `true`, or the words. */
export function flagOrWords(what: string, pattern: RegExp): Kind<boolean | string> {
  const message = `must be true, false, or ${what}`;
  return {
    type: 'plain',
    schema: z.union([flagSchema(), z.string({ error: message }).regex(pattern, message).refine(isPlainLine, message)], {
      error: message,
    }),
    must: `true, false, or ${what}`,
    says: `\`true\`, or ${what}`,
    write: (keyword, value, { of }) => {
      if (value === false) return [];
      return [value === true ? keyword : `${keyword} ${plainLine(value, of(keyword))}`];
    },
    read: (keyword, body) => {
      const said = argsOf(keyword, body);
      return said === undefined ? undefined : said.length === 0 ? true : said.join(' ');
    },
    send: (value) => (value === undefined || value === false ? 'no' : 'yes'),
  };
}

/** An IP address of the instance's family. */
export const ownAddress: Kind<string> = {
  type: 'plain',
  schema: z
    .string({ error: 'must be an IP address' })
    .refine((word) => ipFamily(word) !== undefined, 'must be an IP address'),
  must: 'an IP address',
  says: 'an IP address',
  write: (keyword, value, { family, of }) => [`${keyword} ${ipAddress(value, family, of(keyword))}`],
  read: (keyword, body) => argsOf(keyword, body)?.[0],
};

const LINE = 'one line of keepalived’s own: plain words, without braces, quotes, #, ! and include';

/** Lines in braces, each as keepalived has it. */
export function lines(what: string, most: number): Kind<readonly string[]> {
  const message = `must be a list of ${what}`;
  return {
    type: 'plain',
    schema: z
      .array(
        z
          .string({ error: `must be ${LINE}` })
          .max(900, 'must be at most 900 characters')
          .refine(isPlainLine, `must be ${LINE}`),
        {
          error: message,
        },
      )
      .min(1, 'must have at least one entry')
      .max(most, `must have at most ${most} entries`),
    must: `a list of ${what}`,
    says: `a list of ${what}`,
    build: (written) => written.map((line) => line.trim().split(/ +/).join(' ')),
    write: (keyword, value, frame) => block(keyword, linesOf(value, keyword, frame)),
    read: (keyword, body) => {
      const all = inside(body, keyword);
      return all.length === 0 ? undefined : all.map((one) => [one.keyword, ...one.args].join(' '));
    },
  };
}

/** Lines that stand in the block as they are: what haprov has no key for. */
export const bareLines: Kind<readonly string[]> = {
  ...lines('lines such as [garp_lower_prio_repeat 2]', 100),
  write: (keyword, value, frame) => linesOf(value, keyword, frame),
  read: () => undefined,
};

function linesOf(value: unknown, keyword: string, frame: Frame): string[] {
  return Array.isArray(value) ? value.map((line) => plainLine(line, frame.of(keyword))) : [];
}

function plainLine(value: unknown, field: string): string {
  return String(value)
    .split(' ')
    .map((word) => plainWord(word, field))
    .join(' ');
}

/** What keepalived's parser takes for words: see guard.ts. */
export function isPlainLine(line: string): boolean {
  const all = line.trim().split(/ +/);
  return all.every((word) => /^[A-Za-z0-9_.:,/=?&%+*^|[\]-]+$/.test(word) && !isInclude(word));
}

/** The words after a keyword, of several statements the last; undefined where it does not stand. */
export function argsOf(keyword: string, body: readonly Statement[]): readonly string[] | undefined {
  return body.findLast((statement) => statement.keyword === keyword)?.args;
}
