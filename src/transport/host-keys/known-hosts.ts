import { createHash, createHmac, randomBytes } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { ipFamily } from '../../keepalived/names.ts';
import { splitFields } from '../basics/fields.ts';

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
  /** The name is known, by other keys. One of another type is no less different: OpenSSH says the same. */
  | { readonly verdict: 'changed'; readonly entries: readonly KnownHost[] }
  /** No key is known. `authorities` may vouch for the name; their certificates OpenSSH alone can check. */
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
    if (!isKey(keyType, key)) continue;
    entries.push({ file, line: index + 1, marker, names, keyType, key });
  }
  return entries;
}

/**
 * The name a host goes by in known_hosts: the bare address for port 22, else `[address]:port`, in lower case; an alias
 * stands for both. Source: put_host_port and get_hostfile_hostname_ipaddr of OpenSSH.
 */
export function knownHostName(address: string, port: number, alias?: string | undefined): string {
  if (alias !== undefined) return alias.toLowerCase();
  const name = ipFamily(address) === 6 ? plainIpv6(address) : address.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** Finds the entries that speak of a name (knownHostName), in the order given; many names in little time. */
export function indexKnownHosts(entries: readonly KnownHost[]): (name: string) => KnownHost[] {
  const literal = new Map<string, number[]>();
  const patterns: number[] = [];
  for (const [at, { names }] of entries.entries()) {
    if (/^\||[*?!]/.test(names)) patterns.push(at);
    else
      for (const name of new Set(names.toLowerCase().split(','))) literal.set(name, [...(literal.get(name) ?? []), at]);
  }
  return (name) => {
    const matched = patterns.filter((at) => matchesNames(name, entries[at]?.names ?? ''));
    return [...(literal.get(name) ?? []), ...matched].sort((a, b) => a - b).flatMap((at) => entries[at] ?? []);
  };
}

/** Judges a key blob by the entries that speak of the host's name, as OpenSSH does (hostfile.c). */
export function judgeHostKey(blob: Uint8Array, entries: readonly KnownHost[]): Verdict {
  const key = Buffer.from(blob).toString('base64');
  const revoked = entries.filter((entry) => entry.marker === 'revoked' && entry.key === key);
  if (revoked.length > 0) return { verdict: 'revoked', entries: revoked };
  const plain = entries.filter((entry) => entry.marker === undefined);
  if (plain.some((entry) => entry.key === key)) return { verdict: 'known' };
  if (plain.length > 0) return { verdict: 'changed', entries: plain };
  return { verdict: 'unknown', entries: [], authorities: entries.filter(({ marker }) => marker === 'cert-authority') };
}

/** Where a server is, for known_hosts: `alias` is HostKeyAlias. */
export interface ServerPlace {
  readonly address: string;
  readonly port: number;
  readonly alias?: string | undefined;
}

/**
 * Judges a key by all that `of` finds (indexKnownHosts). A key that is unknown on a port of its own, and known by the bare
 * name, is known: check_host_key of OpenSSH's sshconnect.c looks there too. One that is revoked there is revoked; OpenSSH
 * warns of it, and accepts it only where it would accept any new key.
 */
export function judgeServerKey(
  blob: Uint8Array,
  { address, port, alias }: ServerPlace,
  of: (name: string) => readonly KnownHost[],
): Verdict {
  const verdict = judgeHostKey(blob, of(knownHostName(address, port, alias)));
  if (verdict.verdict !== 'unknown' || port === 22 || alias !== undefined) return verdict;
  const bare = judgeHostKey(blob, of(knownHostName(address, 22)));
  return bare.verdict === 'known' || bare.verdict === 'revoked' ? bare : verdict;
}

/** The authority that vouches for a name of whose entries none is a key of its own. */
export function soleAuthority(entries: readonly KnownHost[]): KnownHost | undefined {
  if (entries.some(({ marker }) => marker === undefined)) return undefined;
  return entries.find(({ marker }) => marker === 'cert-authority');
}

/** What OpenSSH likes best of the types that it has no certificate for. */
const BEST = 'ssh-ed25519';

/**
 * The key types to ask a server for before all others, by the entries of its name: those that it is known by, so that it
 * shows a key that can be checked. Source: order_hostkeyalgs of OpenSSH's sshconnect2.c, whose choice this is to the
 * letter: a type whose first key is revoked does not count, and the best type needs no others beside it.
 */
export function typesToOffer(entries: readonly KnownHost[]): string[] {
  const revoked = new Set(entries.flatMap(({ marker, key }) => (marker === 'revoked' ? key : [])));
  const first = new Map<string, string>();
  for (const { marker, keyType, key } of entries) {
    if (marker === undefined && !first.has(keyType)) first.set(keyType, key);
  }
  const types = [...first].flatMap(([type, key]) => (revoked.has(key) ? [] : type));
  return types.includes(BEST) ? [BEST] : types;
}

/** A key's fingerprint as OpenSSH prints it. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** A name as HashKnownHosts writes it: nobody can read from the file which hosts there are. */
export function hashedName(name: string, salt: Uint8Array = randomBytes(20)): string {
  return `|1|${Buffer.from(salt).toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

/** The type that a base64 key blob names in its first field; undefined where it is no key blob. */
export function blobType(key: string): string | undefined {
  return splitFields(Buffer.from(key, 'base64'))?.[0]?.toString('latin1');
}

/** How many fields the blob of a key has, its type among them. Source: RFC 4253, 6.6; RFC 5656; RFC 8709; PROTOCOL.u2f. */
const FIELDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 2,
  'ssh-rsa': 3,
  'ssh-dss': 5,
  'ecdsa-sha2-nistp256': 3,
  'ecdsa-sha2-nistp384': 3,
  'ecdsa-sha2-nistp521': 3,
  'sk-ssh-ed25519@openssh.com': 3,
  'sk-ecdsa-sha2-nistp256@openssh.com': 4,
};

function isKey(keyType: string, key: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key) || key.length % 4 !== 0) return false;
  const fields = splitFields(Buffer.from(key, 'base64'));
  if (fields?.[0]?.toString('latin1') !== keyType || fields.length !== FIELDS[keyType]) return false;
  return keyType !== 'ssh-ed25519' || fields[1]?.length === 32;
}

/** As inet_ntop(3) writes it, which is what OpenSSH looks up. */
function plainIpv6(address: string): string {
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? `::ffff:${parsed.toIPv4Address().toString()}` : parsed.toRFC5952String();
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
