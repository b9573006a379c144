import { createHash } from 'node:crypto';
import { authPass } from '../guard.ts';
import type { Kind, Sent } from '../keyword.ts';
import { isInclude } from '../names.ts';
import { block, inside, wordOf } from '../statements.ts';

/** Characters of a password that keepalived uses; VRRPv2 has eight octets for them (RFC 2338, 5.3.10). */
const LONGEST = 8;
/** What keepalived's parser takes whole: it cuts at `#` and `!`, and splits at spaces, quotes and braces. */
const PLAIN = /^[A-Za-z0-9]+$/;

/** As the host tells a password with this salt; keepalived itself cuts it to 8 characters. */
export function passwordMark(salt: string, password: string): string {
  return createHash('sha256')
    .update(`${salt}\n${effectivePassword(password)}`)
    .digest('hex');
}

/** What is to be said of a password, without repeating it. */
export interface PasswordFinding {
  readonly severity: 'error' | 'warning';
  readonly rule: string;
  readonly message: string;
}

/** The part of a password that keepalived uses. */
export function effectivePassword(value: string): string {
  return value.slice(0, LONGEST);
}

/** What is wrong with a password of VRRP version 2, without ever repeating it. Also for values that are known at run time only. */
export function judgePassword(keyword: string, value: string): readonly PasswordFinding[] {
  const length = [...value].length;
  const findings: PasswordFinding[] = [];
  if (length > LONGEST) {
    const message = `${keyword} has ${length} characters, limit ${LONGEST}: VRRP uses the first ${LONGEST} alone, and the rest protects nothing; write at most ${LONGEST}`;
    findings.push({ severity: 'warning', rule: 'auth-length', message });
  }
  if (!PLAIN.test(value) || isInclude(value)) {
    const message = `${keyword} holds something that keepalived’s parser cuts at or reads otherwise (as # and ! do); write letters and digits only`;
    findings.push({ severity: 'error', rule: 'auth-characters', message });
  }
  return findings;
}

interface Authentication {
  /** Empty where there is none, or the version has none. */
  readonly type: string;
  /** Holds the password: compare it, never show it. */
  readonly pass: string;
}

function authenticationOf(keyword: string, { version, body }: Sent): Authentication {
  if (version === 3) return { type: '', pass: '' };
  const statements = inside(body, 'authentication');
  const hmac = statements.filter((statement) => statement.keyword === 'auth_hmac');
  if (hmac.length > 0)
    return { type: 'HMAC', pass: JSON.stringify(hmac, (key, value) => (key === 'line' ? 0 : value)) };
  const pass = wordOf(statements, keyword);
  return pass === undefined
    ? { type: '', pass: '' }
    : { type: wordOf(statements, 'auth_type') ?? '', pass: effectivePassword(pass) };
}

/** The clear-text password of version 2, in a block of its own. */
export const password: Kind<string> & { readonly type: 'password' } = {
  type: 'password',
  says: 'a secret',
  write: (keyword, value, { of }) =>
    block('authentication', ['auth_type PASS', `${keyword} ${authPass(value, of(keyword))}`]),
  read: (keyword, body) => wordOf(inside(body, 'authentication'), keyword),
  notice: (keyword, old, next) => {
    // Another version has an entry of its own.
    if (old.version !== next.version) return [];
    const [was, is] = [authenticationOf(keyword, old), authenticationOf(keyword, next)];
    if (was.type !== is.type) return [{ key: 'auth_type', detail: `${was.type || 'none'} -> ${is.type || 'none'}` }];
    return was.pass === is.pass ? [] : [{ key: keyword, detail: 'changes' }];
  },
  differ: (keyword, body, live, salt) => {
    const said = wordOf(inside(body, 'authentication'), keyword);
    const mark = live['passwordMark'];
    return said === undefined || typeof mark !== 'string' || mark === passwordMark(salt, said)
      ? []
      : ['has another password'];
  },
};
