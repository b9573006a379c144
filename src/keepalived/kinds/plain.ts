import { z } from 'zod';
import { decimal, flag as flagSchema, interfaceName, text, whole as wholeSchema } from '../fields.ts';
import { absolutePath, commandLine, linkName, plainWord, seconds, wholeNumber } from '../guard.ts';
import type { Kind } from '../keyword.ts';
import { wordOf } from '../statements.ts';

/** "1 sec", "0.20 sec", "200 milli-sec", "2 secs", "87". */
export function shownNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number.parseFloat(text);
  return text.includes('milli') ? value / 1000 : value;
}

const readNumber: Kind<number>['read'] = (keyword, body) => {
  const word = wordOf(body, keyword);
  return word === undefined ? undefined : Number(word);
};

/** A whole number. */
export function whole(min: number, max: number): Kind<number> {
  return {
    type: 'plain',
    schema: wholeSchema(min, max),
    must: `a whole number from ${min} to ${max}`,
    says: `${min} to ${max}`,
    write: (keyword, value, { of }) => [`${keyword} ${wholeNumber(value, min, max, of(keyword))}`],
    read: readNumber,
    show: ({ text }) => shownNumber(text),
  };
}

/** Seconds between adverts: whole ones in version 2, which keepalived rounds to; fractions in version 3. */
export const interval: Kind<number> = {
  type: 'plain',
  schema: decimal(0.01, 255),
  says: 'whole seconds from 1 to 255 in version 2, 0.01 to 40.95 in version 3',
  write: (keyword, value, { of, version }) => [
    `${keyword} ${version === 3 ? seconds(value, 0.01, 40.95, of(keyword)) : wholeNumber(value, 1, 255, of(keyword))}`,
  ],
  read: readNumber,
  show: ({ text }) => shownNumber(text),
  send: (value = 1, { version }) => (version === 3 ? value : Math.max(1, Math.round(value))),
};

const VERSIONS = [2, 3] as const;

/** The version of VRRP: IPv6 has version 3 alone. */
export const version: Kind<2 | 3> = {
  type: 'plain',
  schema: z.union([z.literal(2), z.literal(3)], { error: 'must be 2 or 3' }),
  says: '2 or 3',
  write: (keyword, value, { of }) => [`${keyword} ${wholeNumber(value, 2, 3, of(keyword))}`],
  read: (keyword, body) => VERSIONS.find((one) => String(one) === wordOf(body, keyword)),
  show: ({ text }) => (text === '3' ? 3 : 2),
  send: (_, { version: sent }) => sent,
};

/** A keyword that stands there, or does not. */
export function flag(): Kind<boolean> {
  return {
    type: 'plain',
    schema: flagSchema(),
    must: 'true or false',
    says: '`true` or `false`',
    write: (keyword, value) => (value === true ? [keyword] : []),
    read: (keyword, body) => body.some((statement) => statement.keyword === keyword),
    send: (value) => (value === true ? 'yes' : 'no'),
  };
}

/** A flag that a block without it says nothing of. */
export const said: Kind<boolean> = {
  ...flag(),
  read: (keyword, body) => body.some((statement) => statement.keyword === keyword) || undefined,
};

/** A flag that decides the family of an instance; peers notice the family, whatever it comes from. */
export const familyFlag: Kind<boolean> = { ...flag(), send: (_, { family }) => family };

/** A flag whose opposite keepalived's dump shows, as `enabled` or `disabled`. */
export const opposite: Kind<boolean> = { ...flag(), show: ({ text }) => text !== 'disabled' };

/** An interface; keepalived's dump has it as `eth0`, or as `vrrp.51, vmac on eth0, xmit base iface`. */
export const link: Kind<string> = {
  type: 'plain',
  schema: interfaceName,
  must: 'an interface name such as eth0',
  says: 'an interface',
  write: (keyword, value, { of }) => [`${keyword} ${linkName(value, of(keyword))}`],
  read: wordRead,
  show: ({ text = '' }) => text.split(/[ ,]/)[0] ?? '',
};

/** An absolute path on the host. */
export const path: Kind<string> = {
  type: 'plain',
  says: 'an absolute path',
  write: (keyword, value, { of }) => [`${keyword} ${absolutePath(value, of(keyword))}`],
  read: wordRead,
};

/** A command line, as keepalived's execve takes it. The dump has `'/a/check' 'http://x'`, or bare words on old versions. */
export const command: Kind<string> = {
  type: 'plain',
  says: 'an absolute path and arguments',
  write: (keyword, value, { of }) => [`${keyword} "${commandLine(value, of(keyword))}"`],
  read: wordRead,
  show: ({ text = '' }) => [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
};

const ACCOUNT = 'a user name such as nobody, or a user and a group such as nobody nogroup';

/** A user, and perhaps a group. */
export const account: Kind<string> = {
  type: 'plain',
  schema: text(ACCOUNT, /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(?: [A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?$/),
  must: ACCOUNT,
  says: 'a user, or a user and a group',
  write: (keyword, value, { of }) => [
    `${keyword} ${String(value)
      .split(' ')
      .map((word) => plainWord(word, of(keyword)))
      .join(' ')}`,
  ],
  read: (keyword, body) => {
    const words = body.findLast((statement) => statement.keyword === keyword)?.args;
    return words === undefined ? undefined : words.join(' ');
  },
};

/** A word whose value haprov fixes, whatever the inventory says. */
export function fixed(
  line: string | undefined,
  schema: z.ZodType<string | boolean>,
  must: string,
): Kind<string | undefined, string | boolean> {
  return {
    type: 'plain',
    schema,
    must,
    says: must,
    write: () => (line === undefined ? [] : [line]),
    read: wordRead,
  };
}

function wordRead(keyword: string, body: Parameters<typeof wordOf>[0]): string | undefined {
  return wordOf(body, keyword);
}
