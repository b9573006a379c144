import type { Hop, Host } from '../../inventory/model.ts';
import { ConnectError } from '../errors.ts';
import { jumpLabel } from '../path/path.ts';
import { hopName } from '../ssh2/faults.ts';

/** What one hop turned out to need that ssh2 cannot do. */
export interface FoundNeed {
  /** The hop, by its name. */
  readonly place: string;
  /** A clause, as in SshConfigSettings.needs. */
  readonly why: string;
}

/** What hops turned out to need, kept for all hosts of a run that pass them. */
export interface FoundNeeds {
  /** The host with what was found among its needs. */
  withNeeds(host: Host): Host;
  keep(need: FoundNeed): void;
}

/** Nothing is known at first. */
export function createFoundNeeds(): FoundNeeds {
  const found = new Map<string, string>();
  return {
    withNeeds: (host) => {
      const own = found.get(placeOf(host));
      const jumps = host.ssh.proxy_jump.flatMap((hop) => {
        const need = found.get(hopName(hop));
        return need === undefined ? [] : [`its jump host ${hop.name ?? hop.host}: ${need}`];
      });
      const all = [...jumps, ...(own === undefined ? [] : [own])];
      return all.length === 0 ? host : { ...host, ssh: { ...host.ssh, needs: [...(host.ssh.needs ?? []), ...all] } };
    },
    keep: ({ place, why }) => void found.set(place, why),
  };
}

/** What made ssh2 fail; undefined where OpenSSH's own client could do no better, or the inventory wants ssh2. */
export function needBehind(host: Host, error: unknown): FoundNeed | undefined {
  if (!(error instanceof ConnectError) || (host.ssh.transport ?? 'auto') !== 'auto') return undefined;
  const { place, mayNeed } = whereOf(host, error);
  const why = whyFailed(error, mayNeed);
  return why === undefined ? undefined : { place, why };
}

/** The hop that an error is about, and what only OpenSSH could still try there. */
function whereOf(host: Host, { hop: label }: ConnectError): { place: string; mayNeed: readonly string[] } {
  const { ssh } = host;
  const jump = ssh.proxy_jump.find((_hop, index) => jumpLabel(ssh.proxy_jump, index) === label);
  return jump === undefined
    ? { place: placeOf(host), mayNeed: ssh.may_need ?? [] }
    : { place: hopName(jump), mayNeed: (jump.ssh ?? ssh).may_need ?? [] };
}

function whyFailed({ kind, disagreement }: ConnectError, mayNeed: readonly string[]): string | undefined {
  if (disagreement !== undefined) return `the built-in client and its sshd do not agree (${disagreement})`;
  if (kind === 'auth' && mayNeed.length > 0) return `the built-in client was not let in, and ${mayNeed.join('; ')}`;
  return undefined;
}

function placeOf({ address, ssh }: Host): string {
  const hop: Hop = { user: ssh.user, host: ssh.hostname ?? address, port: ssh.port };
  return hopName(hop);
}
