import type { Algorithms } from 'ssh2';
import type { SshAlgorithms } from '../../inventory/model.ts';

const HOST_KEYS: readonly string[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/**
 * What is offered to a server: host key types that the name is known by come first, so that a server with several keys
 * shows the one that can be checked. Signatures by SHA-1 are not offered, unless ssh_config allows them; of all else
 * what it allows.
 */
export function offeredAlgorithms(knownTypes: readonly string[], allowed: SshAlgorithms = {}): Algorithms {
  const known = (algorithm: string): boolean =>
    knownTypes.includes(/^(rsa-|ssh-rsa$)/.test(algorithm) ? 'ssh-rsa' : algorithm);
  const types = allowed.host_key ?? HOST_KEYS;
  // ssh2's types list the names that it knows; these come from a list of those.
  return {
    serverHostKey: [...types.filter(known), ...types.filter((algorithm) => !known(algorithm))],
    ...(allowed.kex === undefined ? {} : { kex: [...allowed.kex] }),
    ...(allowed.cipher === undefined ? {} : { cipher: [...allowed.cipher] }),
    ...(allowed.mac === undefined ? {} : { hmac: [...allowed.mac] }),
  } as Algorithms;
}
