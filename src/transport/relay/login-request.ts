import { readFields } from '../basics/fields.ts';

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
  const reader = readFields(data);
  if (reader.field() === undefined || reader.byte() !== USERAUTH_REQUEST) return undefined;
  const [user, service, method] = [reader.field(), reader.field(), reader.field()];
  if (service?.toString() !== 'ssh-connection' || method?.toString() !== 'publickey') return undefined;
  if (reader.byte() !== 1) return undefined;
  const [algorithm, blob] = [reader.field(), reader.field()];
  if (user === undefined || algorithm === undefined || blob === undefined || !reader.atEnd) return undefined;
  return { user: user.toString(), algorithm: algorithm.toString(), blob };
}
