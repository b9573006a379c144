import type { SshAlgorithms } from '../../inventory/model.ts';

type Kind = keyof SshAlgorithms;

/** The keyword of ssh_config for each kind of algorithm. */
export const ALGORITHM_KEYWORDS: Readonly<Record<Kind, string>> = {
  kex: 'kexalgorithms',
  cipher: 'ciphers',
  mac: 'macs',
  host_key: 'hostkeyalgorithms',
};

/** What ssh2 1.17 can do. Source: its SUPPORTED_* lists; older names that OpenSSH still has are among them. */
const OURS: Readonly<Record<Kind, readonly string[]>> = {
  kex: [
    'curve25519-sha256@libssh.org',
    'curve25519-sha256',
    ...['256', '384', '521'].map((bits) => `ecdh-sha2-nistp${bits}`),
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group14-sha256',
    ...['15', '16', '17', '18'].map((group) => `diffie-hellman-group${group}-sha512`),
    'diffie-hellman-group-exchange-sha1',
    'diffie-hellman-group14-sha1',
    'diffie-hellman-group1-sha1',
  ],
  cipher: [
    'chacha20-poly1305@openssh.com',
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    ...['128', '192', '256'].flatMap((bits) => [`aes${bits}-ctr`, `aes${bits}-cbc`]),
  ],
  mac: [
    ...['256', '512'].flatMap((bits) => [`hmac-sha2-${bits}-etm@openssh.com`, `hmac-sha2-${bits}`]),
    'hmac-sha1-etm@openssh.com',
    'hmac-sha1',
  ],
  host_key: [
    'ssh-ed25519',
    ...['256', '384', '521'].map((bits) => `ecdsa-sha2-nistp${bits}`),
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-rsa',
  ],
};

/** What ssh_config allows of what ssh2 can do, in its order; undefined where it says nothing of this kind. */
export function allowedAlgorithms(
  kind: Kind,
  said: (keyword: string) => readonly string[] | undefined,
): string[] | undefined {
  const list = said(ALGORITHM_KEYWORDS[kind])?.[0];
  return list?.split(',').filter((name) => OURS[kind].includes(name));
}
