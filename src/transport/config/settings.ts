import type { SettingOrigin, SshAlgorithms, SshConfigSettings, SshKey, SshSettings } from '../../inventory/model.ts';
import { allowedAlgorithms } from './algorithms.ts';
import { type Answer, isNone, isYes, saidBy, splitPaths } from './answer.ts';
import { type Connection, expandPath, type LocalUser } from './tokens.ts';

/** What is known of one connection before its settings are put together. */
export interface Sources {
  readonly ssh: SshSettings;
  /** The name that ssh was asked about. */
  readonly name: string;
  /** undefined: there is no ssh on this machine. */
  readonly answer: Answer | undefined;
  readonly defaults: Answer | undefined;
  readonly who: LocalUser;
}

/** Settings by all three sources, and what they leave to be looked at. */
export interface Merged {
  readonly ssh: SshSettings;
  /** ProxyJump as ssh_config has it; undefined where it says none, or the inventory says which. */
  readonly jump: string | undefined;
  /** Paths with something in them that only ssh can fill in. */
  readonly unclear: readonly string[];
}

const CHECKING: Readonly<Record<string, SshSettings['host_key_checking']>> = {
  ask: 'strict',
  yes: 'strict',
  true: 'strict',
  'accept-new': 'accept-new',
  no: 'off',
  off: 'off',
  false: 'off',
};
const GLOBAL = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
/** Seconds; the bounds of connect_timeout. */
const TIMEOUT = { least: 1, most: 600 };

/**
 * One connection's settings: the inventory's, where it says nothing ssh_config's, else the defaults that are in `ssh`
 * already. Pure. The answer has to be about the user and the port that the inventory says.
 */
export function mergeSettings({ ssh, name, answer, defaults, who }: Sources): Merged {
  const said = (keyword: string): readonly string[] | undefined =>
    answer && defaults && saidBy(answer, defaults, keyword);
  const one = (keyword: string): string | undefined => said(keyword)?.[0];
  const origins: Partial<Record<SshKey, SettingOrigin>> = { ...ssh.origins };
  const isOpen = (key: SshKey): boolean => origins[key] !== undefined && origins[key] !== 'inventory';
  const filled = <T>(key: SshKey, value: T | undefined, now: T): T => {
    if (!isOpen(key) || value === undefined) return now;
    origins[key] = 'ssh_config';
    return value;
  };

  const user = filled('user', one('user'), ssh.user);
  const port = filled('port', numberOf(one('port')), ssh.port);
  const hostname = one('hostname');
  const elsewhere = hostname !== undefined && hostname.toLowerCase() !== name.toLowerCase();
  const alias = one('hostkeyalias');
  const to: Connection = { name, hostname: elsewhere ? hostname : name, user, port, alias };
  const unclear: string[] = [];
  const paths = (written: readonly string[]): string[] =>
    written.flatMap((path) => {
      const expanded = expandPath(path, to, who);
      if (expanded === undefined) unclear.push(path);
      return expanded ?? [];
    });
  const filesOf = (keyword: string): readonly string[] | undefined => {
    const values = said(keyword);
    return values && paths(values.filter((value) => !isNone(value)));
  };

  // --jump counts as the inventory's word, although nothing marks it.
  const jumpIsOpen = isOpen('proxy_jump') && ssh.proxy_jump.length === 0;
  const jump = jumpIsOpen ? one('proxyjump') : undefined;
  const command = jumpIsOpen ? one('proxycommand') : undefined;
  if (!jumpIsOpen) delete origins.proxy_jump;
  const usesJump = jump !== undefined && !isNone(jump);
  if (usesJump) origins.proxy_jump = 'ssh_config';

  const identities = isOpen('identity_file') ? filesOf('identityfile') : undefined;
  if (identities !== undefined) origins.identity_file = 'ssh_config';
  const users = isOpen('known_hosts_file') ? said('userknownhostsfile') : undefined;
  const userFiles = users && paths(users.flatMap(splitPaths));
  if (userFiles !== undefined) origins.known_hosts_file = 'ssh_config';
  const usual = origins.known_hosts_file === 'default' ? [ssh.known_hosts_file, `${ssh.known_hosts_file}2`] : [];
  const globals = answer === undefined ? GLOBAL : paths((answer.get('globalknownhostsfile') ?? []).flatMap(splitPaths));
  const own = userFiles ?? (usual.length > 0 ? usual : [ssh.known_hosts_file]);
  const agent = one('identityagent');

  const merged: SshSettings = {
    ...ssh,
    user,
    port,
    host_key_checking: filled('host_key_checking', CHECKING[one('stricthostkeychecking') ?? ''], ssh.host_key_checking),
    connect_timeout: filled('connect_timeout', bounded(numberOf(one('connecttimeout'))), ssh.connect_timeout),
    known_hosts_file: own[0] ?? '/dev/null',
    origins,
    ...present({
      hostname: elsewhere ? hostname : undefined,
      host_key_alias: alias,
      identity_files: identities,
      identities_only: isYes(one('identitiesonly')) || undefined,
      identity_agent: agent === undefined ? undefined : agentSocket(agent, to, who),
      certificate_files: filesOf('certificatefile'),
      proxy_command: command === undefined || isNone(command) ? undefined : command,
      known_hosts_files: [...own, ...globals],
      hash_known_hosts: isYes(answer?.get('hashknownhosts')?.[0]) || undefined,
      address_family: familyOf(one('addressfamily')),
      algorithms: algorithmsOf(said),
    }),
  };
  return { ssh: merged, jump: usesJump ? jump : undefined, unclear };
}

function present(found: { readonly [K in keyof SshConfigSettings]?: SshConfigSettings[K] | undefined }) {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function algorithmsOf(said: (keyword: string) => readonly string[] | undefined): SshAlgorithms | undefined {
  const found = (['kex', 'cipher', 'mac', 'host_key'] as const).flatMap((kind) => {
    const list = allowedAlgorithms(kind, said);
    return list === undefined ? [] : [[kind, list] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** IdentityAgent: none, the name of an environment variable, or a path. Empty: no agent. */
function agentSocket(written: string, to: Connection, who: LocalUser): string {
  if (isNone(written)) return '';
  if (written === 'SSH_AUTH_SOCK') return who.env['SSH_AUTH_SOCK'] ?? '';
  if (/^\$[A-Za-z_]\w*$/.test(written)) return who.env[written.slice(1)] ?? '';
  return expandPath(written, to, who) ?? '';
}

function familyOf(value: string | undefined): 4 | 6 | undefined {
  return value === 'inet' ? 4 : value === 'inet6' ? 6 : undefined;
}

function numberOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

function bounded(seconds: number | undefined): number | undefined {
  return seconds && Math.min(TIMEOUT.most, Math.max(TIMEOUT.least, seconds));
}
