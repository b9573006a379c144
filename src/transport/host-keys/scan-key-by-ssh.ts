import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HaprovError } from '../../errors.ts';
import type { Hop, Host, SshSettings } from '../../inventory/model.ts';
import { pathValue } from '../openssh/arguments.ts';
import { command, quote } from '../quote.ts';
import { endpoint } from '../ssh2/faults.ts';
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
  const directory = await mkdtemp(join(tmpdir(), 'haprov-keys-'));
  try {
    const file = join(directory, 'known_hosts');
    const said = await runSsh(askArguments(host, file), host, env, signal);
    const text = await readFile(file, 'utf8').catch(() => '');
    const entry = parseKnownHosts(text, file)[0];
    if (entry !== undefined) return Buffer.from(entry.key, 'base64');
    throw notShown(host, said);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The words after `ssh`. No login is tried, so that the key exchange is all that happens at the target. */
export function askArguments({ name, ssh }: Host, file: string): string[] {
  const options = [
    ...NOTHING_ELSE,
    'StrictHostKeyChecking=accept-new',
    `UserKnownHostsFile=${pathValue(file)}`,
    'GlobalKnownHostsFile=/dev/null',
    'KnownHostsCommand=none',
    'HashKnownHosts=no',
    'VerifyHostKeyDNS=no',
    'PreferredAuthentications=none',
    ...placeOptions(ssh),
    ...wayOptions(ssh),
  ];
  return [...configWords(ssh), '-n', ...options.flatMap((option) => ['-o', option]), '--', name, 'true'];
}

/** Settings that would do more than connect, whatever ssh_config says. */
const NOTHING_ELSE = [
  'BatchMode=yes',
  'ControlMaster=no',
  'ControlPath=none',
  'ClearAllForwardings=yes',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
  'UpdateHostKeys=no',
] as const;

function configWords({ config_file: config }: SshSettings): string[] {
  return ['-T', ...(config === undefined ? [] : ['-F', config === 'none' ? '/dev/null' : config])];
}

function placeOptions(ssh: SshSettings): string[] {
  return [`User=${ssh.user}`, `Port=${ssh.port}`, `ConnectTimeout=${ssh.connect_timeout}`];
}

/** The way through jump hosts, or none at all; what ssh_config alone can do is left to it. */
function wayOptions(ssh: SshSettings): string[] {
  const through = wayThrough(ssh.proxy_jump, ssh);
  if (through !== undefined) return [`ProxyCommand=${through}`];
  return ssh.origins?.proxy_jump === undefined && ssh.proxy_command === undefined ? ['ProxyJump=none'] : [];
}

/** A ProxyCommand that leads through jump hosts, each checked and logged in to by its own settings. */
function wayThrough(hops: readonly Hop[], behind: SshSettings): string | undefined {
  const hop = hops.at(-1);
  if (hop === undefined) return undefined;
  const ssh = jumpSettings(hop, behind);
  const options = [
    ...NOTHING_ELSE,
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${(ssh.known_hosts_files ?? [ssh.known_hosts_file]).map(pathValue).join(' ')}`,
    ...(ssh.identity_file === undefined ? [] : [`IdentityFile=${pathValue(ssh.identity_file)}`, 'IdentitiesOnly=yes']),
    ...placeOptions({ ...ssh, user: hop.user, port: hop.port }),
    ...wayOptions({ ...ssh, proxy_jump: hops.slice(0, -1) }),
  ];
  const words = ['ssh', ...configWords(ssh), ...options.flatMap((option) => ['-o', option])];
  // Each ssh on the way fills in the tokens of its own command, and must find those of the next untouched.
  return `${command(words).replaceAll('%', '%%')} -W '[%h]:%p' -- ${quote(hop.name ?? hop.host)}`;
}

function runSsh(words: readonly string[], host: Host, env: AskSshOptions['env'], signal: AbortSignal): Promise<string> {
  const limitMs = (host.ssh.connect_timeout * (host.ssh.proxy_jump.length + 1) + 5) * 1000;
  return new Promise((resolve, reject) => {
    // Without a terminal of its own, neither this ssh nor one that it starts for a jump host can ask anybody.
    // ssh gives a ProxyCommand to $SHELL, which may be any.
    const shell = host.ssh.proxy_jump.length > 0 ? { SHELL: '/bin/sh' } : {};
    const child = spawn('ssh', words, {
      env: { ...env, ...shell },
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-8192);
    });
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended just now.
      }
    };
    const limit = setTimeout(end, limitMs);
    signal.addEventListener('abort', end, { once: true });
    const settle = (result: () => void): void => {
      clearTimeout(limit);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason);
      else result();
    };
    child.on('error', (cause) => settle(() => reject(noSsh(host, cause))));
    child.on('close', () => settle(() => resolve(said)));
  });
}

function notShown({ address, ssh }: Host, said: string): HaprovError {
  const lines = said.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('Pseudo-terminal'));
  const at = endpoint({ user: ssh.user, host: address, port: ssh.port });
  return new HaprovError(`ssh was shown no host key by ${at}${lines.length > 0 ? `: ${lines.at(-1)}` : ''}`, {
    action: 'ask for the host key with ssh',
    evidence: lines.join('\n'),
    next: 'Connect once with ssh to see more.',
  });
}

function noSsh({ ssh }: Host, cause: unknown): HaprovError {
  return new HaprovError('there is no ssh command on this machine', {
    action: 'ask for the host key with ssh',
    evidence: (ssh.needs ?? []).join('\n'),
    next: 'Install the OpenSSH client: the built-in one cannot get to this host.',
    cause,
  });
}
