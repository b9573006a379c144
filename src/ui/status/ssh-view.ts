import type { Hop, Host, SettingOrigin, SshKey, SshSettings } from '../../inventory/model.ts';
import { chooseTransport } from '../../transport/choose-transport.ts';
import { groupBy } from '../terminal/group.ts';
import type { Style } from '../terminal/style.ts';
import { columnsOf, counted, pad, wrapList } from '../terminal/text.ts';

/** One setting: what it is, and where it came from. */
interface Setting {
  readonly key: string;
  readonly value: string;
  readonly from: string;
}

/**
 * How hosts are reached, for `--verbose`: each setting with where it came from (inventory, ssh_config, default), and
 * which client connects and why. Hosts for which all of it but their address is the same stand together. Lines without
 * line ends.
 */
export function sshLines(hosts: readonly Host[], style: Style): string[] {
  const all = hosts.map((host) => ({ name: nameOf(host), settings: settingsOf(host) }));
  const groups = groupBy(all, ({ settings }) => JSON.stringify(settings));
  return [...groups.values()].flatMap((group) => [
    ...headingOf(
      group.map(({ name }) => name),
      style,
    ),
    ...rowsOf(group[0]?.settings ?? [], style).map((line) => style.dim(line)),
  ]);
}

function nameOf({ id, ssh }: Host): string {
  return ssh.hostname === undefined ? id : `${id} (HostName ${ssh.hostname})`;
}

function headingOf(hosts: readonly string[], style: Style): string[] {
  const [only] = hosts;
  if (hosts.length === 1) return [`ssh ${style.line(only ?? '')}`];
  const names = wrapList(hosts.map(style.line), style.columns - 2).map((line) => `  ${line}`);
  return [`ssh ${counted(hosts.length, 'host')}`, ...names];
}

function rowsOf(settings: readonly Setting[], style: Style): string[] {
  const shown = settings.map(({ key, value, from }) => ({ key, value: style.line(value), from: style.line(from) }));
  const keys = Math.max(...shown.map(({ key }) => key.length));
  const values = Math.min(40, Math.max(...shown.map(({ value }) => columnsOf(value))));
  return shown.map(({ key, value, from }) => `  ${pad(key, keys)}  ${pad(value, values)}  ${from}`.trimEnd());
}

function settingsOf({ ssh }: Host): Setting[] {
  const origin = (key: SshKey): SettingOrigin => ssh.origins?.[key] ?? 'inventory';
  const { transport, why } = chooseTransport({ setting: ssh.transport, needs: ssh.needs });
  const hops = ssh.proxy_jump.map((hop, index) => ({
    key: index === 0 ? 'proxy_jump' : '',
    value: hopText(hop),
    from: index === 0 ? origin('proxy_jump') : '',
  }));
  return [
    { key: 'user', value: ssh.user, from: origin('user') },
    { key: 'port', value: String(ssh.port), from: origin('port') },
    { key: 'identity_file', value: identityText(ssh), from: origin('identity_file') },
    ...extra('identities_only', ssh.identities_only === true ? 'yes' : undefined),
    ...extra('identity_agent', ssh.identity_agent === '' ? 'none' : ssh.identity_agent),
    { key: 'known_hosts_file', value: ssh.known_hosts_file, from: origin('known_hosts_file') },
    ...extra('host_key_alias', ssh.host_key_alias),
    { key: 'host_key_checking', value: ssh.host_key_checking, from: origin('host_key_checking') },
    ...(hops.length > 0 ? hops : [{ key: 'proxy_jump', value: 'none', from: origin('proxy_jump') }]),
    ...extra('proxy_command', ssh.proxy_command),
    { key: 'connect_timeout', value: String(ssh.connect_timeout), from: origin('connect_timeout') },
    { key: 'transport', value: transport, from: why },
  ];
}

/** A setting that ssh_config alone can make. */
function extra(key: string, value: string | undefined): Setting[] {
  return value === undefined ? [] : [{ key, value, from: 'ssh_config' }];
}

function identityText({ identity_file, identity_files }: SshSettings): string {
  if (identity_file !== undefined) return identity_file;
  if (identity_files === undefined) return 'the agent, then the usual keys';
  return identity_files.length === 0 ? 'none but the agent’s' : identity_files.join(' ');
}

/** A jump host, with the name by which it was called where that is another. */
function hopText({ user, host, port, name }: Hop): string {
  const place = `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`;
  return name === undefined ? place : `${place} for ${name}`;
}
