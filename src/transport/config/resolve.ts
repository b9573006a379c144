import { hostname as machineName, userInfo } from 'node:os';
import { UsageError } from '../../errors.ts';
import { parseHop } from '../../inventory/hop.ts';
import type { Hop, Host, Inventory, SshSettings } from '../../inventory/model.ts';
import { knownHostName, soleAuthority } from '../host-keys/known-hosts.ts';
import { createKnownHostsReader, filesOf } from '../host-keys/known-hosts-file.ts';
import { createLocalKeys } from './local-keys.ts';
import { findNeeds } from './needs.ts';
import { type Merged, mergeSettings } from './settings.ts';
import { createSshConfigSource } from './source.ts';
import type { LocalUser } from './tokens.ts';

export interface SshConfigOptions {
  /** What `~` stands for. */
  readonly homeDirectory: string;
  /** PATH finds ssh; SSH_AUTH_SOCK the agent. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** An inventory whose hosts are reached as the user's own ssh would reach them. */
export interface ResolvedSsh {
  readonly inventory: Inventory;
  /** What the user should know, as sentences. */
  readonly notes: readonly string[];
}

/** As many as proxy_jump may have. */
const MOST_HOPS = 16;

/**
 * Fills in from ssh_config what the inventory left open, for every host and every jump host on the way to it, by asking
 * `ssh -G`; see SshConfigSettings. Jump hosts come with settings of their own, and with the jump hosts that ssh_config
 * puts before them. Where there is no ssh, OpenSSH's defaults count. To be called when secrets are resolved, before
 * anything is connected to. Rejects with UsageError where ssh itself would refuse.
 */
export async function resolveSshConfig(inventory: Inventory, options: SshConfigOptions): Promise<ResolvedSsh> {
  const source = createSshConfigSource(options.env);
  const keys = createLocalKeys();
  const readKnown = createKnownHostsReader();
  const account = userInfo();
  const who: LocalUser = { name: account.username, uid: account.uid, hostname: machineName(), ...options };

  /** One connection's settings, with what it needs. */
  const settle = async (name: string, ssh: SshSettings): Promise<Merged> => {
    const { config_file: config, origins } = ssh;
    const user = origins?.user === undefined ? ssh.user : undefined;
    const port = origins?.port === undefined ? ssh.port : undefined;
    const [answer, defaults] = await Promise.all([source.ask({ name, user, port, config }), source.defaults()]);
    const merged = mergeSettings({ ssh, name, answer, defaults, who });
    const settled = merged.ssh;
    const known = await readKnown(filesOf(settled));
    const knownAs = knownHostName(settled.hostname ?? name, settled.port, settled.host_key_alias);
    const vouched = known.entries.some(({ marker }) => marker === 'cert-authority');
    const authority = vouched ? soleAuthority(known.of(knownAs)) : undefined;
    const needs = await findNeeds({ ssh: settled, unclear: merged.unclear, authority, answer, defaults, who, keys });
    return { ...merged, ssh: { ...settled, ...needs } };
  };

  /** A jump host; `outer` lets ssh_config put others before it, which it may do for the first one alone. */
  const settleHop = async (
    hop: Hop,
    ssh: SshSettings,
    outer: boolean,
  ): Promise<{ hop: Hop; jump: string | undefined }> => {
    const unsaid = hop.unsaid ?? [];
    const { user: _user, port: _port, proxy_jump: _jump, ...others } = ssh.origins ?? {};
    const origins = {
      ...others,
      ...(unsaid.includes('user') ? { user: 'default' as const } : {}),
      ...(unsaid.includes('port') ? { port: 'default' as const } : {}),
      ...(outer ? { proxy_jump: 'default' as const } : {}),
    };
    const merged = await settle(hop.host, { ...ssh, user: hop.user, port: hop.port, proxy_jump: [], origins });
    // `User me` looks like no word at all; where it stands at all, ssh's own choice is the better guess than the host's user.
    const asMe = merged.ssh.origins?.user === 'default' && hop.user !== who.name;
    const said = asMe && (await source.namesUser({ name: hop.host, config: ssh.config_file }, who.name));
    const own = said
      ? { ...merged.ssh, user: who.name, origins: { ...merged.ssh.origins, user: 'ssh_config' as const } }
      : merged.ssh;
    const host = own.hostname ?? hop.host;
    const named = host === hop.host ? {} : { name: hop.host };
    return { hop: { user: own.user, host, port: own.port, ...named, ssh: own }, jump: merged.jump };
  };

  const chain = async (hops: readonly Hop[], ssh: SshSettings, trail: readonly string[]): Promise<Hop[]> => {
    const settled = await Promise.all(hops.map((hop, index) => settleHop(hop, ssh, index === 0)));
    const places = settled.map(({ hop }) => placeOf(hop));
    const way = [...places, ...trail];
    const twice = places.find((place) => trail.includes(place));
    if (twice !== undefined || way.length > MOST_HOPS + 1) throw loop(way, twice);
    const jump = settled[0]?.jump;
    const before = jump === undefined ? [] : await chain(parseJump(jump, who.name), ssh, way);
    return [...before, ...settled.map(({ hop }) => hop)];
  };

  const resolveHost = async (host: Host): Promise<Host> => {
    const { ssh, jump } = await settle(host.address, host.ssh);
    const target = placeOf({ user: ssh.user, host: ssh.hostname ?? host.address, port: ssh.port });
    const hops = jump === undefined ? ssh.proxy_jump : parseJump(jump, who.name);
    // What the inventory says is the user's own word, even where a bastion leads to itself.
    const proxy_jump = hops.length === 0 ? [] : await chain(hops, host.ssh, jump === undefined ? [] : [target]);
    const theirs = proxy_jump.flatMap(({ host: at, name, ssh: own }) => {
      return (own?.needs ?? []).map((need) => `its jump host ${name ?? at}: ${need}`);
    });
    return { ...host, ssh: { ...ssh, proxy_jump, needs: [...theirs, ...(ssh.needs ?? [])] } };
  };

  const clusters = await Promise.all(
    inventory.clusters.map(async (cluster) => ({
      ...cluster,
      hosts: await Promise.all(cluster.hosts.map(resolveHost)),
    })),
  );
  const missing = (await source.defaults()) === undefined;
  const notes = missing ? ['there is no ssh command on this machine: ssh_config is not read'] : [];
  return { inventory: { ...inventory, clusters }, notes };
}

/** ProxyJump as ssh_config has it: `[USER@]HOST[:PORT]` or `ssh://…`, separated by commas. */
function parseJump(text: string, user: string): Hop[] {
  return text.split(',').map((part) => {
    try {
      return parseHop(part.trim().replace(/^ssh:\/\/([^/]*)\/?$/, '$1'), { user, port: 22 });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new UsageError(`ProxyJump ${text} in ssh_config: each hop ${why}`, {
        action: 'read ssh_config',
        next: 'Write the jump hosts as proxy_jump in the inventory.',
      });
    }
  });
}

function placeOf({ user, host, port }: Hop): string {
  return `${user}@${host}:${port}`;
}

function loop(way: readonly string[], twice: string | undefined): UsageError {
  const why = twice === undefined ? `is longer than ${MOST_HOPS} hops` : `passes ${twice} twice`;
  return new UsageError(`the way to ${way.at(-1)} ${why}`, {
    action: 'read ssh_config',
    evidence: way.join('\n'),
    next: 'Look for a ProxyJump that also holds for the jump host itself; ProxyJump none ends it there.',
  });
}
