import type { SshSettings } from '../../inventory/model.ts';
import { HopFaultError } from '../errors.ts';
import type { SignatureHash, SigningKey } from '../ssh2/agent.ts';
import type { AuthPlanner } from '../ssh2/auth.ts';
import { readLoginRequest } from './login-request.ts';
import type { WireLogin } from './messages.ts';
import { packError } from './wire-errors.ts';

/** What a relay asks to have signed. */
export interface SignRequest {
  /** Indices into the login that it was told. */
  readonly keys: number;
  readonly key: number;
  readonly hash: SignatureHash;
  readonly data: Buffer;
}

/** A login as a relay is told of it, and the private keys for it, which stay here. */
export interface Login {
  readonly wire: WireLogin;
  /** Rejects where it is asked for anything but a login of this user by this key. */
  readonly sign: (request: SignRequest) => Promise<Buffer>;
}

/** The logins of a user by the planner's plan: key files and the agent's keys alike are used by signatures alone. */
export async function prepareLogin(planner: AuthPlanner, ssh: SshSettings, user: string): Promise<Login> {
  try {
    const { methods, notes } = await planner(ssh);
    const own = methods.flatMap(({ label, keys }) => (keys === undefined ? [] : [{ label, keys }]));
    const lineOf = ({ key, blob }: SigningKey): string => `${key.type} ${blob.toString('base64')}`;
    const keys = own.map(({ label, keys: held }) => ({ label, keys: held.map(lineOf) }));
    const password = ssh.password === undefined ? {} : { password: ssh.password.reveal() };
    return {
      wire: { keys, notes, ...password },
      sign: async (request) => {
        const key = own[request.keys]?.keys[request.key];
        const login = readLoginRequest(request.data);
        if (key === undefined || login === undefined) throw new Error('this is no login');
        if (login.user !== user || !login.blob.equals(key.blob)) throw new Error('this is the login of somebody else');
        return await key.sign(request.data, request.hash);
      },
    };
  } catch (error) {
    if (!(error instanceof HopFaultError)) throw error;
    return { wire: { fault: packError(error) }, sign: () => Promise.reject(error) };
  }
}
