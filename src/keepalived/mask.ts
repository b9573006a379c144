import { keysWhere } from './keyword.ts';
import { VRRP_INSTANCE } from './table/vrrp-instance.ts';

const MASK = '********';

/** Keywords whose value is a password. */
export const PASSWORDS = keysWhere(VRRP_INSTANCE, ({ kind }) => kind.type === 'password');

/** The rest of the line goes with the value: keepalived's parser would cut `a#b` at the #, a reader would not. */
const WORDS = [...PASSWORDS, 'auth_hmac', 'password', 'passwd', 'secret'].join('|');
const SECRET_LINE = new RegExp(`^(.*?\\b(?:${WORDS})\\b)(["' \\t]*)(.*)$`, 'i');
const HMAC_KEY = /^(\s*[#!]*\s*key\s+\d+)(\s+)(\S.*)$/i;
const DEFINITION = /^(\s*[#!]*\s*\$\{?(\w+)\}?\s*=)(.*)$/;
const SECRET_NAME = /pass|secret|token|key|webhook|hmac/i;
const WEBHOOK = /(https?:\/\/hooks\.slack\.com\/)[^\s"']+/gi;
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"']+:)[^\s@/"']+@/gi;

/**
 * A keepalived.conf with its secrets masked: passwords of VRRP (and the keys of auth_hmac), definitions that
 * they come from ($PASS=...), Slack webhooks and passwords within URLs; in comments and on continued lines too. For
 * any file found on a host, whoever wrote it. Errs on the side of masking more. Lines keep their number.
 */
export function maskKeepalivedConf(text: string): string {
  const lines = text.split('\n');
  const names = secretDefinitions(lines);
  let continued = false;
  let hmacDepth = 0;
  return lines
    .map((line) => {
      const carriage = line.endsWith('\r') ? '\r' : '';
      const body = carriage === '' ? line : line.slice(0, -1);
      const [masked, holdsSecret] = continued ? [maskRest(body), true] : maskLine(body, names, hmacDepth > 0);
      continued = holdsSecret && body.endsWith('\\');
      hmacDepth = nest(hmacDepth, body);
      return masked + carriage;
    })
    .join('\n');
}

function maskLine(line: string, names: ReadonlySet<string>, inHmac: boolean): readonly [string, boolean] {
  const definition = DEFINITION.exec(line);
  const name = definition?.[2] ?? '';
  if (definition !== null && (names.has(name) || SECRET_NAME.test(name))) {
    return [`${definition[1] ?? ''}${MASK}${backslash(line)}`, true];
  }
  const secret = SECRET_LINE.exec(line) ?? (inHmac ? HMAC_KEY.exec(line) : null);
  if (secret !== null) {
    const [, head = '', , value = ''] = secret;
    if (value === '' || value === '{' || value === '\\') return [line, value === '\\'];
    return [`${head} ${MASK}${backslash(line)}`, true];
  }
  return [line.replace(WEBHOOK, `$1${MASK}`).replace(USER_INFO, `$1${MASK}@`), false];
}

function maskRest(line: string): string {
  return line.trim() === '' ? line : `${/^\s*/.exec(line)?.[0] ?? ''}${MASK}${backslash(line)}`;
}

/** Kept, so that the masked text nests and continues as the original. */
function backslash(line: string): string {
  return line.endsWith('\\') ? '\\' : '';
}

/** Names of the definitions that a secret's line refers to, whatever they are called. */
function secretDefinitions(lines: readonly string[]): ReadonlySet<string> {
  const referring = lines.filter((line) => SECRET_LINE.test(line) || HMAC_KEY.test(line));
  return new Set(referring.flatMap((line) => [...line.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name)));
}

/** How many braces deep inside auth_hmac the next line is. */
function nest(depth: number, line: string): number {
  const opens = depth > 0 || /\bauth_hmac\b/i.test(line);
  if (!opens) return 0;
  const braces = [...line.replace(/[#!].*$/, '').matchAll(/[{}]/g)];
  const next = braces.reduce((level, [brace]) => level + (brace === '{' ? 1 : -1), depth);
  // The opening brace may stand on the line after auth_hmac.
  return Math.max(next, depth === 0 && braces.length === 0 ? 1 : 0);
}
