/** What a login by public key is for. */
export interface LoginRequest {
  readonly user: string;
  readonly algorithm: string;
  readonly blob: Buffer;
}

/** SSH_MSG_USERAUTH_REQUEST. */
const USERAUTH_REQUEST = 50;

/**
 * Reads what is signed to log in; undefined where it is anything else, such as a commit or a file. Source: RFC 4252, 7.
 */
export function readLoginRequest(data: Buffer): LoginRequest | undefined {
  let at = 0;
  const field = (): Buffer | undefined => {
    if (at + 4 > data.length) return undefined;
    const start = at + 4;
    const end = start + data.readUInt32BE(at);
    if (end > data.length) return undefined;
    at = end;
    return data.subarray(start, end);
  };
  const session = field();
  if (session === undefined || data[at++] !== USERAUTH_REQUEST) return undefined;
  const [user, service, method] = [field(), field(), field()];
  if (service?.toString() !== 'ssh-connection' || method?.toString() !== 'publickey' || data[at++] !== 1)
    return undefined;
  const [algorithm, blob] = [field(), field()];
  if (user === undefined || algorithm === undefined || blob === undefined || at !== data.length) return undefined;
  return { user: user.toString(), algorithm: algorithm.toString(), blob };
}
