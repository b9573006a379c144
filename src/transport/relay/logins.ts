import type { AnyAuthMethod, BaseAgent, ParsedKey } from 'ssh2';
import type { SshSettings } from '../../inventory/model.ts';
import { HopFaultError } from '../errors.ts';
import type { AuthPlanner } from '../ssh2/auth.ts';
import { readLoginRequest } from './login-request.ts';
import type { WireLogin } from './messages.ts';
import { packError } from './wire-errors.ts';

/** What a relay asks to have signed. */
export interface SignRequest {
  /** Indices into the login that it was told. */
  readonly keys: number;
  readonly key: number;
  readonly hash: 'sha1' | 'sha256' | 'sha512' | null;
  readonly data: Buffer;
}

/** A login as a relay is told of it, and the private keys for it, which stay here. */
export interface Login {
  readonly wire: WireLogin;
  /** Rejects where it is asked for anything but a login of this user by this key. */
  readonly sign: (request: SignRequest) => Promise<Buffer>;
}

interface OwnKey {
  readonly blob: Buffer;
  readonly line: string;
  readonly sign: (data: Buffer, hash: SignRequest['hash']) => Promise<Buffer>;
}

/** The logins of a user by the planner's plan: key files and the agent's keys alike are used by signatures alone. */
export async function prepareLogin(planner: AuthPlanner, ssh: SshSettings, user: string): Promise<Login> {
  try {
    const { methods, notes } = await planner(ssh);
    const publickey = methods.filter(({ type }) => type === 'publickey');
    const own = await Promise.all(
      publickey.map(async ({ label, as }) => ({ label, keys: await keysOf(as(user, () => {})) })),
    );
    const keys = own.map(({ label, keys: held }) => ({ label, keys: held.map(({ line }) => line) }));
    const password = ssh.password === undefined ? {} : { password: ssh.password.reveal() };
    return {
      wire: { keys, notes, ...password },
      sign: async (request) => {
        const key = own[request.keys]?.keys[request.key];
        const login = readLoginRequest(request.data);
        if (key === undefined || login === undefined) throw new Error('this is no login');
        if (login.user !== user || !login.blob.equals(key.blob)) throw new Error('this is the login of somebody else');
        return key.sign(request.data, request.hash);
      },
    };
  } catch (error) {
    if (!(error instanceof HopFaultError)) throw error;
    return { wire: { fault: packError(error) }, sign: () => Promise.reject(error) };
  }
}

async function keysOf(method: AnyAuthMethod): Promise<OwnKey[]> {
  if (typeof method !== 'object') return [];
  if (method.type === 'publickey') return isParsed(method.key) ? [fileKey(method.key)] : [];
  if (method.type !== 'agent' || typeof method.agent === 'string') return [];
  const { agent } = method;
  return (await identities(agent)).map((key) => ({
    ...publicHalf(key),
    sign: (data, hash) => signWith(agent, key, data, hash),
  }));
}

function fileKey(key: ParsedKey): OwnKey {
  return {
    ...publicHalf(key),
    sign: async (data, hash) => {
      const signature = key.sign(data, hash ?? undefined);
      if (signature instanceof Error) throw signature;
      return signature;
    },
  };
}

function publicHalf(key: ParsedKey): Pick<OwnKey, 'blob' | 'line'> {
  const blob = key.getPublicSSH();
  return { blob, line: `${key.type} ${blob.toString('base64')}` };
}

function identities(agent: BaseAgent): Promise<ParsedKey[]> {
  return new Promise((resolve, reject) => {
    agent.getIdentities((error, keys) => {
      if (error) reject(error);
      else resolve((keys ?? []).filter(isParsed));
    });
  });
}

function signWith(agent: BaseAgent, key: ParsedKey, data: Buffer, hash: SignRequest['hash']): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    agent.sign(key, data, hash === null ? {} : { hash }, (error, signature) => {
      if (error) reject(error);
      else if (signature === undefined) reject(new Error('the agent gave no signature'));
      else resolve(typeof signature === 'string' ? Buffer.from(signature) : signature);
    });
  });
}

function isParsed(key: unknown): key is ParsedKey {
  return typeof key === 'object' && key !== null && 'getPublicSSH' in key;
}
