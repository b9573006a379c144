import ssh2, { type ParsedKey } from 'ssh2';

/** A key pair for tests. */
export interface TestKey {
  readonly private: string;
  readonly public: string;
  /** As in known_hosts: type and base64. */
  readonly line: string;
  readonly parsed: ParsedKey;
}

const CIPHER = { cipher: 'aes256-ctr', rounds: 16 };

/** A new key pair. */
export function testKey(type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519', passphrase?: string): TestKey {
  const protection = passphrase === undefined ? {} : { passphrase, ...CIPHER };
  const pair = {
    ed25519: () => ssh2.utils.generateKeyPairSync('ed25519', protection),
    ecdsa: () => ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256, ...protection }),
    rsa: () => ssh2.utils.generateKeyPairSync('rsa', { bits: 2048, ...protection }),
  }[type]();
  const parsed = ssh2.utils.parseKey(pair.private, passphrase);
  if (parsed instanceof Error) throw parsed;
  return { ...pair, line: pair.public.split(' ').slice(0, 2).join(' '), parsed };
}
