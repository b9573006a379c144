import type { Hop, Host, Inventory, SshSettings } from '../../inventory/model.ts';
import { knownHostName } from './known-hosts.ts';

/** A machine whose host key matters: a host of the inventory, or a jump host on the way to one. */
export interface KeyHolder {
  /** `cluster/host`, or the jump host as it is called. */
  readonly label: string;
  /** The name in known_hosts. */
  readonly name: string;
  /** Where its key would be added. */
  readonly file: string;
  readonly hop: boolean;
}

/** A machine to be asked for its key. */
export interface KeyTarget {
  readonly holder: KeyHolder;
  /** How to get there: `address` is what to connect to, `name` what ssh would be called with. */
  readonly host: Host;
  /** The targets of its jump hosts, in the order of travel. */
  readonly way: readonly string[];
  /** Tells targets apart: one name may belong to two machines behind different jump hosts. */
  readonly id: string;
}

/**
 * All machines of an inventory whose keys are checked, each once, jump hosts before the hosts behind them. A host that
 * is a jump host too comes under its own name.
 */
export function listKeyTargets(inventory: Inventory): KeyTarget[] {
  const targets = new Map<string, KeyTarget>();
  const hosts = inventory.clusters.flatMap((cluster) => cluster.hosts);
  for (const host of hosts) {
    const way: string[] = [];
    for (const index of host.ssh.proxy_jump.keys()) {
      const jump = jumpTarget(host, index, [...way]);
      keep(targets, jump);
      way.push(jump.id);
    }
    keep(targets, hostTarget(host, way));
  }
  return [...targets.values()]
    .filter(({ host }) => host.ssh.host_key_checking !== 'off')
    .sort((a, b) => a.way.length - b.way.length);
}

/** The jump hosts of an inventory as they stand in its hosts' ways, each with the id of its target. */
export function jumpIds(targets: readonly KeyTarget[]): Map<Hop, string> {
  return new Map(
    targets.flatMap(({ host, way }) => host.ssh.proxy_jump.map((hop, index) => [hop, way[index] ?? ''] as const)),
  );
}

/** A jump host's own settings; else those of the host behind it, but for what names that host alone. */
export function jumpSettings(hop: Hop, behind: SshSettings): SshSettings {
  const { hostname: _hostname, host_key_alias: _alias, proxy_command: _command, ...shared } = behind;
  return hop.ssh ?? shared;
}

function keep(targets: Map<string, KeyTarget>, target: KeyTarget): void {
  const before = targets.get(target.id);
  if (before === undefined || (before.holder.hop && !target.holder.hop)) targets.set(target.id, target);
}

function hostTarget(host: Host, way: readonly string[]): KeyTarget {
  const { ssh } = host;
  const address = ssh.hostname ?? host.address;
  const own = { ...host, name: host.address, address, ssh: { ...ssh } };
  return target(`${host.cluster}/${host.name}`, false, own, way);
}

function jumpTarget(host: Host, index: number, way: readonly string[]): KeyTarget {
  const { proxy_jump } = host.ssh;
  const hop = proxy_jump[index];
  if (hop === undefined) throw new Error('no such hop');
  const ssh = {
    ...jumpSettings(hop, host.ssh),
    user: hop.user,
    port: hop.port,
    proxy_jump: proxy_jump.slice(0, index),
  };
  const name = hop.name ?? hop.host;
  return target(name, true, { ...host, id: name, name, address: hop.host, ssh }, way);
}

function target(label: string, hop: boolean, host: Host, way: readonly string[]): KeyTarget {
  const { ssh, address } = host;
  const file = ssh.known_hosts_files?.[0] ?? ssh.known_hosts_file;
  const name = knownHostName(address, ssh.port, ssh.host_key_alias);
  const id = JSON.stringify([way.at(-1) ?? '', address.toLowerCase(), ssh.port, name, file]);
  return { holder: { label, name, file, hop }, host, way, id };
}
