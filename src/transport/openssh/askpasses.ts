import { execFile } from 'node:child_process';
import type { SshSettings } from '../../inventory/model.ts';
import { type HopFault, HopFaultError } from '../errors.ts';
import { SSH } from './arguments.ts';
import { type Askpass, AskpassUnusableError, startAskpass } from './askpass.ts';

/** From here on SSH_ASKPASS_REQUIRE is known, and a server's question cannot be taken for ssh's own. */
const LEAST_VERSION = [8, 5] as const;

/**
 * Hands secrets to ssh, or refuses where that is not safely possible. The version is asked for once, by the first that
 * has a secret.
 */
export function createAskpasses(
  env: NodeJS.ProcessEnv,
): (path: string, ssh: SshSettings) => Promise<Askpass | undefined> {
  let version: Promise<string> | undefined;
  return async (path, ssh) => {
    if (ssh.password === undefined && ssh.identity_passphrase === undefined) return undefined;
    version ??= printVersion(env);
    const text = await version;
    if (!isAtLeast(text, LEAST_VERSION)) throw new HopFaultError(tooOld(text));
    try {
      return await startAskpass(path, ssh);
    } catch (error) {
      throw new HopFaultError(unusable(error));
    }
  };
}

/** Whether what `ssh -V` prints names at least this version. */
export function isAtLeast(text: string, [major, minor]: readonly [number, number]): boolean {
  const [, first, second] = /OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)/.exec(text) ?? [];
  if (first === undefined || second === undefined) return false;
  return Number(first) > major || (Number(first) === major && Number(second) >= minor);
}

function printVersion(env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => execFile(SSH, ['-V'], { env }, (_error, out, err) => resolve(`${out}${err}`)));
}

function tooOld(version: string): HopFault {
  return {
    kind: 'auth',
    message: `a password or passphrase can be handed to OpenSSH from version ${LEAST_VERSION.join('.')} on alone`,
    retryable: false,
    next: 'Load the key into an agent with ssh-add, or set transport: ssh2.',
    evidence: version.trim(),
  };
}

function unusable(error: unknown): HopFault {
  const why = error instanceof AskpassUnusableError ? error.message : 'it could not be set up';
  return {
    kind: 'auth',
    message: `the password or passphrase cannot be handed to ssh: ${why}`,
    retryable: false,
    next: 'Load the key into an agent with ssh-add, or let TMPDIR name a directory that programs can be run from.',
    cause: error,
  };
}
