import type { SshSettings } from '../../inventory/model.ts';
import { createPaths, type Paths } from '../path/path.ts';
import { createAuthPlanner } from '../ssh2/auth.ts';
import { openLink } from '../ssh2/handshake.ts';
import type { Ssh2Link } from '../ssh2/link.ts';
import { checkBy, type HostKeyCheck, hostKeyFault, shownKey } from './host-key-check.ts';
import { jumpIds, jumpSettings, type KeyTarget } from './key-holders.ts';
import { judgeServerKey, knownHostName, type ServerPlace, typesToOffer } from './known-hosts.ts';
import { filesOf, type KnownHosts } from './known-hosts-file.ts';

export interface KeyPathOptions {
  readonly homeDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const KEEPALIVE_MS = 7000;
/** sshd's MaxStartups begins to drop at 10. */
const PENDING = 8;

/** Ways for taking keys down. */
export interface KeyPaths {
  readonly paths: Paths<Ssh2Link>;
  /** The key that was shown last, by the settings of the host that was asked. */
  readonly shown: ReadonlyMap<SshSettings, Buffer>;
}

/**
 * Ways on which a target's key is taken down and the connection ended, and jump hosts are passed. `pinned`: the
 * key that a jump host of an id showed before and nobody has confirmed yet.
 */
export function createKeyPaths(
  targets: readonly KeyTarget[],
  pinned: (id: string) => Buffer | undefined,
  read: (files: readonly string[]) => Promise<KnownHosts>,
  { homeDirectory, env }: KeyPathOptions,
): KeyPaths {
  const jumps = jumpIds(targets);
  const planner = createAuthPlanner({ homeDirectory, agentSocket: env['SSH_AUTH_SOCK'] || undefined });
  const shown = new Map<SshSettings, Buffer>();
  const paths = createPaths<Ssh2Link>({
    openLink: async (attempt) => {
      const { hop } = attempt;
      const jump = jumps.get(hop);
      const ssh = jump === undefined ? attempt.ssh : jumpSettings(hop, attempt.ssh);
      const known = await read(filesOf(ssh));
      const place = { address: hop.host, port: hop.port, alias: ssh.host_key_alias };
      if (jump === undefined) {
        const hostKey = taking(typesOf(place, known), (blob) => shown.set(attempt.ssh, blob));
        return openLink({ ...attempt, ssh, plan: { methods: [], notes: [] }, hostKey });
      }
      const only = pinned(jump);
      const { password: _password, ...withoutPassword } = ssh;
      const plan = await planner(only === undefined ? ssh : withoutPassword);
      const hostKey = holding(place, ssh, known, only);
      return openLink({ ...attempt, ssh, plan, hostKey });
    },
    keepaliveMs: KEEPALIVE_MS,
    pendingHandshakes: PENDING,
  });
  return { paths, shown };
}

function typesOf({ address, port, alias }: ServerPlace, known: KnownHosts): string[] {
  return typesToOffer(known.of(knownHostName(address, port, alias)));
}

/** A check that takes the key down and goes no further. */
function taking(knownTypes: readonly string[], take: (blob: Buffer) => void): HostKeyCheck {
  return checkBy(knownTypes, (blob) => {
    take(Buffer.from(blob));
    return { kind: 'host-key', message: 'the host key was all that was wanted', retryable: false };
  });
}

/** A check that lets a jump host pass whose key is known, or is the one that it showed before. */
function holding(place: ServerPlace, ssh: SshSettings, known: KnownHosts, pinned: Buffer | undefined): HostKeyCheck {
  return checkBy(typesOf(place, known), (blob) => {
    const verdict = judgeServerKey(blob, place, known.of);
    if (verdict.verdict === 'known' || pinned?.equals(blob) === true) return undefined;
    if (ssh.host_key_checking === 'off' && verdict.verdict !== 'revoked') return undefined;
    const name = knownHostName(place.address, place.port, place.alias);
    return hostKeyFault(verdict, name, shownKey(blob), ssh.known_hosts_file);
  });
}
