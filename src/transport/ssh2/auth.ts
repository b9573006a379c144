import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { AnyAuthMethod, AuthenticationType } from 'ssh2';
import type { SshSettings } from '../../inventory/model.ts';
import type { Secret } from '../../inventory/secret.ts';
import { remember } from '../basics/remember.ts';
import { HopFaultError } from '../errors.ts';
import { quote } from '../quote.ts';
import { agentOf, listAgentKeys, type SigningKey } from './agent.ts';
import { asksForNewPassword } from './faults.ts';
import { type KeyFile, readKeyFile } from './key-file.ts';

/** One thing to try, and what to call it in an error. */
export interface AuthMethod {
  readonly label: string;
  readonly type: AuthenticationType;
  /** What a public key login may sign with. */
  readonly keys?: readonly SigningKey[];
  /** `expired` is called where the server wants the password changed first. */
  readonly as: (username: string, expired: () => void) => AnyAuthMethod;
}

/** What will be tried, in order, and what could not be and why. */
export interface AuthPlan {
  readonly methods: readonly AuthMethod[];
  readonly notes: readonly string[];
}

/** The ways to prove who we are, by a host's settings. */
export type AuthPlanner = (ssh: SshSettings) => Promise<AuthPlan>;

const USUAL_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** Distinguishes settings that authenticate differently, without holding their secrets. */
export function authKey(ssh: SshSettings): string {
  const secrets = [ssh.identity_passphrase, ssh.password].map((secret) => secret?.reveal() ?? null);
  return createHash('sha256')
    .update(
      JSON.stringify([
        ssh.identity_file ?? null,
        ssh.identity_files ?? null,
        ssh.identities_only ?? false,
        ssh.identity_agent ?? null,
        ...secrets,
      ]),
    )
    .digest('hex');
}

/**
 * Plans authentication, reading each key file and asking each agent once for all hosts. A configured identity file is
 * the only key tried, so that an agent full of others cannot exhaust the server's patience. Without one it is as with
 * ssh: the agent's keys (those of ssh_config's identity files first, or alone with IdentitiesOnly), then the files that
 * ssh_config names, or the usual ones. A password comes last. The planner rejects with HopFaultError where the
 * configured identity file cannot be used.
 */
export function createAuthPlanner(options: { homeDirectory: string; agentSocket: string | undefined }): AuthPlanner {
  const { homeDirectory } = options;
  const socketOf = (ssh: SshSettings): string => ssh.identity_agent ?? options.agentSocket ?? '';
  const agentKeys = remember(async (socket: string) => (socket === '' ? [] : await listAgentKeys(socket)));
  const keyFile = remember(
    ([file, passphrase]: readonly [file: string, passphrase: Secret | undefined]) =>
      readKeyFile(file, passphrase?.reveal()),
    ([file, passphrase]) => JSON.stringify([file, passphrase?.reveal()]),
  );

  const configured = async (file: string, ssh: SshSettings): Promise<AuthPlan> => {
    const found = await keyFile([file, ssh.identity_passphrase]);
    if (found.kind === 'private') return { methods: [fileMethod(file, found)], notes: [] };
    const blob = 'blob' in found ? found.blob : undefined;
    if (blob) {
      const keys = (await agentKeys(socketOf(ssh)).catch(() => [])).filter((key) => key.blob.equals(blob));
      if (keys.length > 0) return { methods: [agentMethod(`${file} through the agent`, keys)], notes: [] };
    }
    throw unusable(file, found);
  };

  const asSsh = async (ssh: SshSettings): Promise<AuthPlan> => {
    const methods: AuthMethod[] = [];
    const notes: string[] = [];
    const keys = await agentKeys(socketOf(ssh)).catch((error: unknown) => {
      notes.push(`the agent (${error instanceof Error ? error.message : String(error)})`);
      return [];
    });
    const named = ssh.identity_files;
    const only = ssh.identities_only === true;
    const candidates = named ?? USUAL_KEYS.map((name) => join(homeDirectory, '.ssh', name));
    const found = await Promise.all(
      candidates.map(async (file) => ({ file, key: await keyFile([file, ssh.identity_passphrase]) })),
    );
    const offered = ofAgent(keys, named !== undefined || only ? await publicHalves(found) : [], only);
    if (offered.length > 0) methods.push(agentMethod(`${offered.length} keys of the agent`, offered));
    for (const { file, key } of found) {
      if (key.kind === 'missing') continue;
      const blob = 'blob' in key ? key.blob : undefined;
      if (blob !== undefined && isHeld(blob, offered)) continue;
      if (key.kind === 'private') methods.push(fileMethod(file, key));
      else notes.push(`${file} (${reasons[key.kind]})`);
    }
    return { methods, notes };
  };

  /** The public keys of identity files; of one that does not show its own, the half beside it. */
  const publicHalves = async (found: readonly { file: string; key: KeyFile }[]): Promise<Buffer[]> => {
    const blobs = found.map(async ({ file, key }) => {
      if ('blob' in key && key.blob !== undefined) return key.blob;
      const half = await keyFile([`${file}.pub`, undefined]);
      return half.kind === 'public' ? half.blob : [];
    });
    return (await Promise.all(blobs)).flat();
  };

  const plan = async (ssh: SshSettings): Promise<AuthPlan> => {
    const keys = ssh.identity_file === undefined ? await asSsh(ssh) : await configured(ssh.identity_file, ssh);
    return { ...keys, methods: [...keys.methods, ...passwordMethods(ssh.password)] };
  };
  return remember(plan, authKey);
}

/** The agent's keys in the order in which ssh offers them: those of the identity files, then the others unless `only`. */
function ofAgent(keys: readonly SigningKey[], identities: readonly Buffer[], only: boolean): SigningKey[] {
  const mine = identities.flatMap((blob) => keys.filter((key) => key.blob.equals(blob)));
  return only ? mine : [...mine, ...keys.filter((key) => !mine.includes(key))];
}

function isHeld(blob: Buffer, keys: readonly SigningKey[]): boolean {
  return keys.some((key) => key.blob.equals(blob));
}

function fileMethod(label: string, { key, blob }: Extract<KeyFile, { kind: 'private' }>): AuthMethod {
  const sign: SigningKey['sign'] = async (data, hash) => {
    const signature = key.sign(data, hash ?? undefined);
    if (signature instanceof Error) throw signature;
    return signature;
  };
  const as: AuthMethod['as'] = (username) => ({ type: 'publickey', username, key });
  return { label, type: 'publickey', keys: [{ key, blob, sign }], as };
}

/** A login by keys whose private halves are elsewhere. */
export function agentMethod(label: string, keys: readonly SigningKey[]): AuthMethod {
  return { label, type: 'publickey', keys, as: (username) => ({ type: 'agent', username, agent: agentOf(keys) }) };
}

function passwordMethods(secret: Secret | undefined): AuthMethod[] {
  if (secret === undefined) return [];
  const interactive = (username: string, expired: () => void): AnyAuthMethod => {
    let answered = false;
    return {
      type: 'keyboard-interactive',
      username,
      prompt: (_name, instructions, _language, prompts, answer) => {
        if ([instructions, ...prompts.map(({ prompt }) => prompt)].some(asksForNewPassword)) return expired();
        // Only the one hidden question can be the password; a repeated one means it was wrong.
        const asked = prompts.length === 1 && prompts[0]?.echo !== true && !answered;
        answered ||= asked;
        answer(asked ? [secret.reveal()] : prompts.map(() => ''));
      },
    };
  };
  return [
    {
      label: 'the password',
      type: 'password',
      as: (username) => ({ type: 'password', username, password: secret.reveal() }),
    },
    { label: 'the password (keyboard-interactive)', type: 'keyboard-interactive', as: interactive },
  ];
}

const reasons: Record<Exclude<KeyFile['kind'], 'private'>, string> = {
  public: 'only the public half, and the agent does not hold the key',
  encrypted: 'it needs a passphrase, and the agent does not hold the key',
  'wrong-passphrase': 'the passphrase does not open it',
  unsupported: 'not a kind of key that can be used',
  missing: 'it does not exist',
  unreadable: 'it cannot be read',
  exposed: 'others than its owner may read it, and ssh ignores such a key',
};

/** Why an identity file that was configured cannot be used. */
export function unusable(file: string, found: Exclude<KeyFile, { kind: 'private' }>): HopFaultError {
  const next = {
    public: `Load the private key with ssh-add, or set identity_file to it.`,
    encrypted: `Set identity_passphrase for ${file}, or load the key with ssh-add.`,
    'wrong-passphrase': `Correct identity_passphrase for ${file}.`,
    unsupported: 'Use an Ed25519, ECDSA or RSA key.',
    missing: 'Correct identity_file in the inventory.',
    unreadable: `Make ${file} readable for this user.`,
    exposed: `Take the rights of others away: chmod 600 ${quote(file)}`,
  }[found.kind];
  return new HopFaultError({
    kind: 'auth',
    message: `identity file ${file}: ${reasons[found.kind]}`,
    retryable: false,
    next,
    ...(found.kind === 'unsupported' ? { evidence: found.why } : {}),
    ...(found.kind === 'unreadable' ? { cause: found.cause } : {}),
  });
}
