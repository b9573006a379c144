import { createHash, createHmac } from 'node:crypto';

/** One usable line of a known_hosts file. Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownHost {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  /** Comma-separated patterns, or one hashed name. */
  readonly names: string;
  readonly keyType: string;
  /** The key blob in base64. */
  readonly key: string;
}

/** What known_hosts says of a key that a server showed. */
export type Verdict =
  | { readonly verdict: 'known' }
  | { readonly verdict: 'revoked'; readonly entries: readonly KnownHost[] }
  /** The name is known with another key of this type. */
  | { readonly verdict: 'changed'; readonly entries: readonly KnownHost[] }
  /** `entries`: keys of other types that the name is known by. */
  | { readonly verdict: 'unknown'; readonly entries: readonly KnownHost[]; readonly authorities: readonly KnownHost[] };

/** The lines that can be used; comments, blank and malformed lines are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  const entries: KnownHost[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const words = raw.trim().split(/[ \t]+/);
    let marker: KnownHost['marker'];
    if (words[0]?.startsWith('@')) {
      const word = words.shift();
      if (word !== '@revoked' && word !== '@cert-authority') continue;
      marker = word === '@revoked' ? 'revoked' : 'cert-authority';
    }
    const [names, keyType, key] = words;
    if (!names || names.startsWith('#') || keyType === undefined || key === undefined) continue;
    if (blobType(key) !== keyType) continue;
    // Normalised, so that keys compare as strings.
    entries.push({ file, line: index + 1, marker, names, keyType, key: Buffer.from(key, 'base64').toString('base64') });
  }
  return entries;
}

/** The name a host goes by in known_hosts: the bare address for port 22, else `[address]:port`; lower case. */
export function knownHostName(address: string, port: number): string {
  const name = address.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** The entries that speak of a name (knownHostName), in file order. */
export function entriesFor(name: string, entries: readonly KnownHost[]): KnownHost[] {
  return entries.filter((entry) => matchesNames(name, entry.names));
}

/**
 * Judges a key blob by the entries that speak of the host's name. Certificate authorities vouch for nothing here: host
 * certificates are not understood, so their hosts stay unknown.
 */
export function judgeHostKey(blob: Uint8Array, entries: readonly KnownHost[]): Verdict {
  const key = Buffer.from(blob).toString('base64');
  const type = blobType(key);
  const revoked = entries.filter((entry) => entry.marker === 'revoked' && entry.key === key);
  if (revoked.length > 0) return { verdict: 'revoked', entries: revoked };
  const plain = entries.filter((entry) => entry.marker === undefined);
  if (plain.some((entry) => entry.key === key)) return { verdict: 'known' };
  const sameType = plain.filter((entry) => entry.keyType === type);
  if (sameType.length > 0) return { verdict: 'changed', entries: sameType };
  return { verdict: 'unknown', entries: plain, authorities: entries.filter((e) => e.marker === 'cert-authority') };
}

/** A key's fingerprint as OpenSSH prints it. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a base64 key blob names in its first field; undefined where it is no key blob. */
export function blobType(key: string): string | undefined {
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length < 5) return undefined;
  const length = bytes.readUInt32BE(0);
  return length > 0 && length < 128 && length + 4 < bytes.length ? bytes.toString('latin1', 4, 4 + length) : undefined;
}

function matchesNames(name: string, names: string): boolean {
  if (names.startsWith('|')) return matchesHash(name, names);
  let matched = false;
  for (const pattern of names.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesPattern(name, negated ? pattern.slice(1) : pattern)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function matchesHash(name: string, names: string): boolean {
  const [, version, salt, hash] = names.split('|');
  if (version !== '1' || !salt || !hash) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** `*` and `?` as in ssh_config(5) PATTERNS. Time at most the product of both lengths, whatever the pattern. */
export function matchesPattern(text: string, pattern: string): boolean {
  if (!/[*?]/.test(pattern)) return text === pattern;
  let at = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[at]) && pattern[p] !== '*') {
      at++;
      p++;
    } else if (pattern[p] === '*') {
      star = p++;
      resume = at;
    } else if (star >= 0) {
      p = star + 1;
      at = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
