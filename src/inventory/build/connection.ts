import { CONNECT_TIMEOUT, SSH_PORT } from '../defaults.ts';
import { parseHops } from '../hop.ts';
import type { Become, Hop, SshKey, SshSettings } from '../model.ts';
import type { Path } from '../problem.ts';
import type { WrittenBecome, WrittenSsh } from '../schema/inventory.ts';
import { absolutePath, type BuildContext, buildSecret } from './context.ts';

/** One place where `ssh` or `become` may stand: the inventory, a cluster or a host; a later one overrides. */
export interface Level {
  readonly path: Path;
  readonly ssh?: WrittenSsh | undefined;
  readonly become?: WrittenBecome | undefined;
}

const KEYS: readonly SshKey[] = [
  'user',
  'port',
  'identity_file',
  'known_hosts_file',
  'host_key_checking',
  'proxy_jump',
  'connect_timeout',
];

export function buildSsh(levels: readonly Level[], context: BuildContext): SshSettings {
  const pick = <K extends keyof WrittenSsh>(key: K) => {
    const level = levels.findLast(({ ssh }) => ssh?.[key] !== undefined);
    return { value: level?.ssh?.[key], path: [...(level?.path ?? []), 'ssh', key] };
  };
  const secretFor = (key: 'password' | 'identity_passphrase') => {
    const { value, path } = pick(key);
    return value === undefined ? {} : { [key]: buildSecret(value, path, context) };
  };
  const user = pick('user').value ?? context.user;
  const identity = pick('identity_file').value;
  const transport = pick('transport').value;
  const config = pick('config_file').value;
  const unsaid = KEYS.filter((key) => pick(key).value === undefined);
  return {
    user,
    port: pick('port').value ?? SSH_PORT,
    ...(identity === undefined ? {} : { identity_file: absolutePath(identity, context) }),
    ...secretFor('identity_passphrase'),
    ...secretFor('password'),
    known_hosts_file: absolutePath(pick('known_hosts_file').value ?? '~/.ssh/known_hosts', context),
    host_key_checking: pick('host_key_checking').value ?? 'strict',
    proxy_jump: buildHops(pick('proxy_jump').value, user),
    connect_timeout: pick('connect_timeout').value ?? CONNECT_TIMEOUT,
    ...(transport === undefined ? {} : { transport }),
    ...(config === undefined ? {} : { config_file: config === 'none' ? config : absolutePath(config, context) }),
    ...(unsaid.length === 0 ? {} : { origins: Object.fromEntries(unsaid.map((key) => [key, 'default' as const])) }),
  };
}

function buildHops(written: WrittenSsh['proxy_jump'], user: string): Hop[] {
  if (written === undefined || written === 'none') return [];
  const texts = typeof written === 'string' ? [written] : written;
  return texts.flatMap((text) => {
    try {
      return parseHops(text, { user, port: SSH_PORT });
    } catch {
      return [];
    }
  });
}

export function buildBecome(levels: readonly Level[], context: BuildContext): Become {
  const level = levels.findLast(({ become }) => become !== undefined);
  const written = level?.become ?? true;
  if (typeof written === 'boolean') return written;
  return { password: buildSecret(written.password, [...(level?.path ?? []), 'become', 'password'], context) };
}
