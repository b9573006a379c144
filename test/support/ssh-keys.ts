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

/** A new key pair. ssh2 1.17 now and then generates an ed25519 key that it cannot read itself; then another one. */
export function testKey(type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519', passphrase?: string, tries = 10): TestKey {
  const protection = passphrase === undefined ? {} : { passphrase, ...CIPHER };
  const pair = {
    ed25519: () => ssh2.utils.generateKeyPairSync('ed25519', protection),
    ecdsa: () => ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256, ...protection }),
    rsa: () => ssh2.utils.generateKeyPairSync('rsa', { bits: 2048, ...protection }),
  }[type]();
  const parsed = readBack(pair.private, passphrase);
  if (!(parsed instanceof Error)) return { ...pair, line: pair.public.split(' ').slice(0, 2).join(' '), parsed };
  if (tries <= 1) throw parsed;
  return testKey(type, passphrase, tries - 1);
}

/** ssh2 returns some of its errors and throws others. */
function readBack(text: string, passphrase: string | undefined): ssh2.ParsedKey | Error {
  try {
    return ssh2.utils.parseKey(text, passphrase);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
