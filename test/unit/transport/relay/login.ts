/** What is signed to log in by a public key. Source: RFC 4252, 7. */
export function loginRequest(
  user: string,
  algorithm: string,
  blob: Uint8Array,
  { service = 'ssh-connection', method = 'publickey' } = {},
): Buffer {
  const field = (bytes: Uint8Array | string): Buffer => {
    const body = Buffer.from(bytes);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    return Buffer.concat([length, body]);
  };
  return Buffer.concat([
    field('session'),
    Buffer.from([50]),
    ...[user, service, method].map(field),
    Buffer.from([1]),
    field(algorithm),
    field(blob),
  ]);
}
