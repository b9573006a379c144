import { z } from 'zod';
import { INTERFACE, isAddress, isInclude, NAME, USER } from './names.ts';

/** Messages of the schema begin with "must": the reader puts the key before and the written value after them. */
export function whole(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.number({ error: message }).int(message).min(min, message).max(max, message);
}

export function decimal(min: number, max: number) {
  const message = `must be a number from ${min} to ${max}`;
  return z.number({ error: message }).min(min, message).max(max, message);
}

export function flag() {
  return z.boolean({ error: 'must be true or false' });
}

export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` });
}

/** A text of a fixed shape; `what` completes "must be". */
export function text(what: string, pattern: RegExp) {
  return z.string({ error: `must be ${what}` }).regex(pattern, `must be ${what}`);
}

const LINK = 'must be an interface name such as eth0, at most 15 letters, digits, _, . and -';

export const interfaceName = z.string({ error: LINK }).superRefine((link, context) => {
  const [, base] = /^([A-Za-z0-9_.-]{1,15}):[A-Za-z0-9]+$/.exec(link) ?? [];
  const message =
    base !== undefined
      ? `must be an interface, and ${link} is a label, not an interface: write interface: ${base}, and \`label ${link}\` after the VIP`
      : !INTERFACE.test(link)
        ? LINK
        : isInclude(link)
          ? "must not be 'include': keepalived would read a file in its place"
          : undefined;
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

export const user = text('a user name of letters, digits, _, ., +, @ and -', USER);

export const address = z
  .string({ error: 'must be a host name or an IP address' })
  .refine(isAddress, 'must be a host name or an IP address, without user or port');

const ABSOLUTE = 'must be an absolute path of letters, digits and _.:,=+%-';

/** A path on a host that keepalived.conf can hold. */
export const absolutePathSchema = z
  .string({ error: ABSOLUTE })
  .max(900, ABSOLUTE)
  .regex(/^(?:\/[A-Za-z0-9_.:,=+%-]+)+$/, ABSOLUTE);

/** A path on this machine. */
export const localPath = z
  .string({ error: 'must be a path' })
  .min(1, 'must be a path')
  .max(4096, 'must be a path of at most 4096 characters');

/** A map with haprov's names as keys; check/names.ts looks at the keys, so that a bad one hides nothing below it. */
export function named<T extends z.ZodType>(value: T, what: string) {
  return z.record(z.string(), value, { error: `must be ${what}` }).meta({ propertyNames: { pattern: NAME.source } });
}

/** One value for all hosts, or a map of host names. */
export function perHost<T extends z.ZodType>(value: T, what: string) {
  return z.union([value, named(value, what)], { error: `must be ${what}` });
}

const KNOWN_KEYS = 'may have ';

/** A map with a fixed set of keys. */
export function map<T extends z.core.$ZodLooseShape>(shape: T, what: string) {
  const known = KNOWN_KEYS + Object.keys(shape).join(', ');
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : `must be ${what}`) });
}

/** The keys that a map may have, out of the message of an issue about an unknown one. */
export function knownKeys(message: string): string[] {
  return message.startsWith(KNOWN_KEYS) ? message.slice(KNOWN_KEYS.length).split(', ') : [];
}
