import { readFile } from 'node:fs/promises';
import { HaprovError } from '../../errors.ts';
import type { Host } from '../../inventory/model.ts';
import { ConnectError, codeOf } from '../errors.ts';
import { pathValue } from '../openssh/arguments.ts';
import { type HostKeyRules, hostKeyRules } from '../openssh/host-keys.ts';
import { opensshPaths, sshEnvironment } from '../openssh/openssh-paths.ts';
import { LIMITS } from '../path/transport-limits.ts';
import { endpoint } from '../ssh2/faults.ts';
import { createHostKeyChecker } from './host-key-check.ts';
import { jumpSettings } from './key-holders.ts';
import { parseKnownHosts } from './known-hosts.ts';

export interface AskSshOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * The host key that the ssh command is shown, for machines that ssh2 cannot get to. It logs in to no target, and jump
 * hosts have to be known to it. `name` of the host is what ssh is called with. Rejects with HaprovError.
 */
export async function askSshForKey(host: Host, { env, signal }: AskSshOptions): Promise<Buffer> {
  let shown: Buffer | undefined;
  const { identity_file: _file, ...withoutIdentity } = host.ssh;
  const hops = host.ssh.proxy_jump.map((hop) => ({ ...hop, ssh: jumpSettings(hop, host.ssh) }));
  const target = {
    ...host,
    address: host.name,
    ssh: { ...withoutIdentity, hostname: host.address, proxy_jump: hops },
  };
  const strict = hostKeyRules(createHostKeyChecker());
  const paths = opensshPaths(
    {
      rules: async (hop, ssh, path) =>
        hop.ssh === undefined
          ? taking(path, (blob) => {
              shown = blob;
            })
          : strict(hop, { ...ssh, host_key_checking: 'strict' }, path),
      askpass: async () => undefined,
      env: sshEnvironment(env),
    },
    LIMITS,
  );
  try {
    await paths.open(target, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (shown === undefined) throw notShown(host, error);
  } finally {
    paths.close();
  }
  if (shown === undefined) throw notShown(host, undefined);
  return shown;
}

/** Rules by which ssh takes any key, writes it down and tries no login: the key exchange is all that happens. */
function taking(path: string, take: (blob: Buffer) => void): HostKeyRules {
  return {
    options: [
      'StrictHostKeyChecking=accept-new',
      `UserKnownHostsFile=${pathValue(path)}`,
      'GlobalKnownHostsFile=/dev/null',
      'KnownHostsCommand=none',
      'HashKnownHosts=no',
      'VerifyHostKeyDNS=no',
      'PreferredAuthentications=none',
    ],
    refusal: async () => undefined,
    record: async () => {
      const [entry] = parseKnownHosts(await readFile(path, 'utf8').catch(() => ''), path);
      if (entry !== undefined) take(Buffer.from(entry.key, 'base64'));
    },
  };
}

function notShown({ address, ssh }: Host, cause: unknown): HaprovError {
  const action = 'ask for the host key with ssh';
  const fault = cause instanceof ConnectError ? cause.fault : undefined;
  if (codeOf(fault?.cause) === 'ENOENT') {
    const next = 'Install the OpenSSH client: the built-in one cannot get to this host.';
    const evidence = (ssh.needs ?? []).join('\n');
    return new HaprovError('there is no ssh command on this machine', { action, evidence, next, cause });
  }
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new HaprovError(
    `ssh was shown no host key by ${endpoint({ user: ssh.user, host: address, port: ssh.port })}${why}`,
    {
      action,
      evidence: fault?.evidence,
      next: 'Connect once with ssh to see more.',
      cause,
    },
  );
}
