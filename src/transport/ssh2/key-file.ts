import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { readFields } from '../basics/fields.ts';
import { isMissing } from '../errors.ts';

/** What an identity file turned out to hold. */
export type KeyFile =
  | { readonly kind: 'private'; readonly key: ParsedKey; readonly blob: Buffer }
  /** Only the public half, or a private key whose passphrase is not known: an agent may hold the key. */
  | { readonly kind: 'public'; readonly blob: Buffer }
  | { readonly kind: 'encrypted'; readonly blob: Buffer | undefined }
  | { readonly kind: 'wrong-passphrase' }
  /** A private key that others than its owner may read. */
  | { readonly kind: 'exposed'; readonly blob: Buffer | undefined }
  | { readonly kind: 'unsupported'; readonly why: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly cause: unknown };

/** Reads and parses an identity file. Parsing one with a passphrase blocks the event loop for about 0.4 s. */
export async function readKeyFile(file: string, passphrase: string | undefined): Promise<KeyFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    if (text.includes('PRIVATE KEY-----') && isExposed(await stat(file))) {
      return { kind: 'exposed', blob: openSshHeader(text)?.blob };
    }
  } catch (cause) {
    return isMissing(cause) ? { kind: 'missing' } : { kind: 'unreadable', cause };
  }
  const encrypted = isEncrypted(text);
  if (encrypted && passphrase === undefined) return { kind: 'encrypted', blob: openSshHeader(text)?.blob };
  const parsed = ssh2.utils.parseKey(text, encrypted ? passphrase : undefined);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error) {
    return encrypted ? { kind: 'wrong-passphrase' } : { kind: 'unsupported', why: key?.message ?? 'it is empty' };
  }
  return key.isPrivateKey()
    ? { kind: 'private', key, blob: key.getPublicSSH() }
    : { kind: 'public', blob: key.getPublicSSH() };
}

/** OpenSSH's rule: it minds the mode of a file of one's own. Source: sshkey_perm_ok of its authfile.c. */
function isExposed({ uid, mode }: Stats): boolean {
  return uid === process.getuid?.() && (mode & 0o077) !== 0;
}

/** Whether a private key needs a passphrase: OpenSSH's own format, PEM and PKCS #8. */
export function isEncrypted(text: string): boolean {
  if (/^Proc-Type: 4,ENCRYPTED/m.test(text) || text.includes('BEGIN ENCRYPTED PRIVATE KEY')) return true;
  const header = openSshHeader(text);
  return header !== undefined && header.cipher !== 'none';
}

/** The readable part of an OpenSSH private key. Source: OpenSSH's PROTOCOL.key. */
function openSshHeader(text: string): { cipher: string; blob: Buffer | undefined } | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1];
  if (body === undefined) return undefined;
  const reader = readFields(Buffer.from(body, 'base64'), 'openssh-key-v1\0'.length);
  const [cipher] = [reader.field(), reader.field(), reader.field(), reader.number()];
  return cipher && { cipher: cipher.toString('latin1'), blob: reader.field() };
}
