import type { Hop, Host } from '../../inventory/model.ts';
import { jumpLabel } from '../path/path.ts';

/** A way to a host, parted where the relay stands. */
export interface PartedWay {
  /** The jump host with the relay, as a host to connect to; undefined where the relay is on no hop of the way. */
  readonly jump: Host | undefined;
  readonly beyond: readonly Hop[];
  /** How a hop is called on the whole way that is called so on the way to the relay. */
  readonly nameBefore: (hop: string) => string;
  /** The same for the way from the relay on. */
  readonly nameBeyond: (hop: string) => string;
}

/** Parts the way to a host at the hop that `isRelay` knows. */
export function partWay(host: Host, isRelay: (hop: Hop) => boolean): PartedWay {
  const hops = host.ssh.proxy_jump;
  const at = hops.findIndex(isRelay);
  const relay = hops[at];
  const nth = (hop: string): number => Number(/^jump (\d+) of /.exec(hop)?.[1] ?? 0);
  return {
    jump: relay === undefined ? undefined : asHost(relay, host, hops.slice(0, at)),
    beyond: hops.slice(at + 1),
    nameBefore: (hop) => (relay === undefined ? 'target' : jumpLabel(hops, hop === 'target' ? at : nth(hop) - 1)),
    nameBeyond: (hop) => (hop === 'target' ? hop : jumpLabel(hops, at + nth(hop))),
  };
}

function asHost(hop: Hop, host: Host, before: readonly Hop[]): Host {
  const address = hop.name ?? hop.host;
  const ssh = { ...(hop.ssh ?? host.ssh), user: hop.user, hostname: hop.host, port: hop.port, proxy_jump: before };
  return { id: address, name: address, cluster: host.cluster, address, ssh, become: false };
}
