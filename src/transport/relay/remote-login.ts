import ssh2 from 'ssh2';
import type { SshSettings } from '../../inventory/model.ts';
import type { SigningKey } from '../ssh2/agent.ts';
import { type AuthMethod, type AuthPlan, agentMethod, createAuthPlanner } from '../ssh2/auth.ts';
import type { SignRequest } from './logins.ts';
import type { WireKeys, WireLogin } from './messages.ts';
import { unpackError } from './wire-errors.ts';

/** The ways to log in, as those that the relay serves planned them. Rejects with HopFaultError where they could not. */
export async function remoteLogin(
  login: WireLogin,
  ssh: SshSettings,
  sign: (request: SignRequest) => Promise<Buffer>,
): Promise<AuthPlan> {
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
  sign: (request: Omit<SignRequest, 'keys'>) => Promise<Buffer>,
): AuthMethod {
  const signing = keys.flatMap((line, index): SigningKey[] => {
    const key = ssh2.utils.parseKey(line);
    if (key instanceof Error) return [];
    return [{ key, blob: key.getPublicSSH(), sign: (data, hash) => sign({ key: index, hash, data }) }];
  });
  return agentMethod(label, signing);
}
