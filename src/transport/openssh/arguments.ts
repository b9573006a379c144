import type { Hop, SshKey, SshSettings } from '../../inventory/model.ts';
import { command } from '../quote.ts';

/** The program that is meant where nothing else is said; found by PATH. */
export const SSH = 'ssh';

/** What a master is started with. */
export interface MasterRequest {
  readonly hop: Hop;
  readonly ssh: SshSettings;
  /** Paths of its control socket and of its log. */
  readonly socket: string;
  readonly log: string;
  /** The control socket of the jump host's master; undefined leaves the way to ssh_config. */
  readonly via: string | undefined;
  /** Options about host keys. */
  readonly hostKeys: readonly string[];
  /** Whether a password or a passphrase waits for a question. */
  readonly answers: boolean;
  /** A silent peer is given up after four of these; milliseconds. */
  readonly keepaliveMs: number;
}

/** Settings that would do more than connect, whatever ssh_config says. */
const NOTHING_BUT_CONNECT = [
  'ControlPersist=no',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'Tunnel=no',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
  'RequestTTY=no',
  'UpdateHostKeys=no',
  'NumberOfPasswordPrompts=1',
  'LogLevel=DEBUG2',
] as const;

/**
 * The words after `ssh` for a master connection: the inventory's settings, which win over ssh_config's because they
 * stand on the command line. What the inventory does not say is left to ssh_config. Holds no secret.
 */
export function masterArguments(request: MasterRequest): string[] {
  const { hop, ssh, socket, log } = request;
  const options: string[] = [
    ...NOTHING_BUT_CONNECT,
    `BatchMode=${request.answers ? 'no' : 'yes'}`,
    `ConnectTimeout=${Math.max(1, Math.ceil(ssh.connect_timeout))}`,
    ...keepalive(request.keepaliveMs),
    ...request.hostKeys,
    ...wayThere(request),
    ...(isSaid(request, 'user') ? [`User=${hop.user}`] : []),
    ...(isSaid(request, 'port') ? [`Port=${hop.port}`] : []),
    ...identity(ssh),
    // A password that nobody configured is not to be asked for when only a passphrase waits.
    ...(request.answers && ssh.password === undefined
      ? ['PasswordAuthentication=no', 'KbdInteractiveAuthentication=no']
      : []),
  ];
  const config = ssh.config_file === 'none' ? '/dev/null' : ssh.config_file;
  const words = [
    '-N',
    '-T',
    '-M',
    '-S',
    controlPath(socket),
    '-E',
    log,
    ...(config === undefined ? [] : ['-F', config]),
  ];
  return [...words, ...options.flatMap((option) => ['-o', option]), '--', hop.name ?? hop.host];
}

/**
 * The words after `ssh` for one command over a master. Nothing of ssh_config counts; should the master be gone, the
 * command fails rather than connect anew.
 */
export function runArguments(socket: string, log: string, commandLine: string): string[] {
  const options = ['BatchMode=yes', 'ProxyCommand=false', 'LogLevel=DEBUG2'];
  const words = [
    '-F',
    '/dev/null',
    '-S',
    controlPath(socket),
    '-T',
    '-E',
    log,
    ...options.flatMap((option) => ['-o', option]),
  ];
  return [...words, 'haprov', '--', commandLine];
}

/** Through the jump host before; directly where the inventory says that there is none; else as ssh_config has it. */
function wayThere({ hop, ssh, via }: MasterRequest): string[] {
  if (via !== undefined) return [`ProxyCommand=${forwardCommand(via)}`, 'ProxyUseFdpass=no'];
  const isJump = ssh.proxy_jump.includes(hop) || hop.ssh !== undefined;
  return !isJump && saidByInventory(ssh, 'proxy_jump') ? ['ProxyJump=none', 'ProxyCommand=none'] : [];
}

/** Opens the way to the next host through a jump host's master; for ProxyCommand, which fills in %h and %p. */
function forwardCommand(socket: string): string {
  // Expanded twice: with the ProxyCommand, and by the ssh that it starts.
  const words = [SSH, '-F', '/dev/null', '-S', controlPath(controlPath(socket))];
  return `${command([...words, '-o', 'BatchMode=yes', '-o', 'ProxyCommand=false'])} -W '[%h]:%p' haprov`;
}

/** ssh expands `%` in the path of a control socket too. */
function controlPath(socket: string): string {
  return socket.replaceAll('%', '%%');
}

/** ssh counts in whole seconds. */
function keepalive(milliseconds: number): string[] {
  const interval = Math.max(1, Math.floor(milliseconds / 1000));
  const unanswered = Math.max(1, Math.round((milliseconds * 4) / 1000 / interval) - 1);
  return [`ServerAliveInterval=${interval}`, `ServerAliveCountMax=${unanswered}`];
}

function identity(ssh: SshSettings): string[] {
  if (ssh.identity_file === undefined || !saidByInventory(ssh, 'identity_file')) return [];
  return [`IdentityFile=${pathValue(ssh.identity_file)}`, 'IdentitiesOnly=yes'];
}

/** A jump host's user and port stand in its own text, not among the settings of the host behind it. */
function isSaid({ hop, ssh }: MasterRequest, key: 'user' | 'port'): boolean {
  const unsettled = hop.ssh === undefined && ssh.proxy_jump.includes(hop);
  return unsettled ? !hop.unsaid?.includes(key) : saidByInventory(ssh, key);
}

/** Whether the inventory or the command line says this; without a note of its origin a setting is theirs. */
export function saidByInventory(ssh: SshSettings, key: SshKey): boolean {
  return (ssh.origins?.[key] ?? 'inventory') === 'inventory';
}

/** A path as a value of ssh_config, in which blanks part words and `%` begins a token. */
export function pathValue(path: string): string {
  return `"${path.replaceAll('%', '%%').replace(/["\\]/g, '\\$&')}"`;
}
