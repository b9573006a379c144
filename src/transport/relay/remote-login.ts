import ssh2, { type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import type { SshSettings } from '../../inventory/model.ts';
import { type AuthMethod, type AuthPlan, createAuthPlanner } from '../ssh2/auth.ts';
import type { WireKeys, WireLogin } from './messages.ts';
import { unpackError } from './wire-errors.ts';

/** Asks for a signature by one of the keys of a login, whose private half is elsewhere. */
export type AskSignature = (request: {
  readonly keys: number;
  readonly key: number;
  readonly hash: 'sha1' | 'sha256' | 'sha512' | null;
  readonly data: Buffer;
}) => Promise<Buffer>;

/** The ways to log in, as those that the relay serves planned them. Rejects with HopFaultError where they could not. */
export async function remoteLogin(login: WireLogin, ssh: SshSettings, sign: AskSignature): Promise<AuthPlan> {
  if ('fault' in login) throw unpackError(login.fault);
  const passwords = await onlyPassword(ssh);
  const keys = login.keys.map((own, index) => keysMethod(own, (request) => sign({ ...request, keys: index })));
  return { methods: [...keys, ...passwords.methods], notes: login.notes };
}

const planPasswords = createAuthPlanner({ homeDirectory: '/', agentSocket: undefined });

/** What the settings alone offer: no key of the machine that the relay runs on is ever tried. */
function onlyPassword(ssh: SshSettings): Promise<AuthPlan> {
  return planPasswords({ ...ssh, identity_files: [], identity_agent: '' });
}

function keysMethod(
  { label, keys }: WireKeys,
  sign: (request: Omit<Parameters<AskSignature>[0], 'keys'>) => Promise<Buffer>,
): AuthMethod {
  const parsed = keys.flatMap((line): ParsedKey[] => {
    const key = ssh2.utils.parseKey(line);
    return key instanceof Error ? [] : [key];
  });
  // An agent without a socket: ssh2 takes no other kind of object for one.
  const agent = new ssh2.OpenSSHAgent('');
  agent.getIdentities = (done) => done(undefined, parsed);
  agent.sign = (key, data, options?: SigningRequestOptions | SignCallback, done?: SignCallback) => {
    const give = typeof options === 'function' ? options : done;
    const hash = typeof options === 'object' ? (options.hash ?? null) : null;
    sign({ key: indexOf(parsed, key), hash, data }).then(
      (signature) => give?.(undefined, signature),
      (error: Error) => give?.(error),
    );
    return true;
  };
  return { label, type: 'publickey', as: (username) => ({ type: 'agent', username, agent }) };
}

/** ssh2 asks for signatures by the very objects that it was given. */
function indexOf(keys: readonly unknown[], key: unknown): number {
  return keys.indexOf(key);
}
