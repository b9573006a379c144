import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

const HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/**
 * What is offered to a server: host key types that the name is known by come first, so that a server with several keys
 * shows the one that can be checked. Signatures by SHA-1 are not offered.
 */
export function offeredAlgorithms(knownTypes: readonly string[]): Algorithms {
  const known = (algorithm: string): boolean =>
    knownTypes.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return {
    serverHostKey: [...HOST_KEYS.filter(known), ...HOST_KEYS.filter((algorithm) => !known(algorithm))],
  };
}
