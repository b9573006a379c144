import type { Router } from './routers.ts';

/** One thing in which a host's new keepalived.conf no longer agrees with what its peers run. */
export interface PeerVisible {
  readonly instance: string;
  /** keepalived's own word: virtual_ipaddress, auth_pass, virtual_router_id, advert_int, version, unicast_peer. */
  readonly key: string;
  /** Without secrets: "+ 10.0.0.5/24", "51 -> 52", "changes". */
  readonly detail: string;
  /** keepalived makes the instance anew: it begins as a backup, and its VIPs come back by an election only. */
  readonly anew?: true;
  /** The address that the instance gets; normalised. */
  readonly gets?: string;
}

/** What peers notice of one instance that goes on, under whatever name. */
export function compareRouters(old: Router, next: Router): readonly PeerVisible[] {
  const instance = next.name;
  const changed = (key: string, from: string | number, to: string | number, anew = false): readonly PeerVisible[] =>
    from === to ? [] : [{ instance, key, detail: `${from} -> ${to}`, ...(anew ? { anew } : {}) }];
  const plain = (key: string, details: readonly string[]): readonly PeerVisible[] =>
    details.map((detail) => ({ instance, key, detail }));
  return [
    ...changed('virtual_router_id', old.virtual_router_id, next.virtual_router_id, true),
    ...changed('interface', old.interface, next.interface, true),
    ...changed('native_ipv6', old.family, next.family, true),
    ...changed('use_vmac', old.vmac ? 'yes' : 'no', next.vmac ? 'yes' : 'no', true),
    ...changed('version', old.version, next.version),
    ...changed('advert_int', old.advert_int, next.advert_int),
    ...sending(),
    ...[...next.vips]
      .filter(([vip]) => !old.vips.has(vip))
      .map(([gets, text]) => ({ instance, key: 'virtual_ipaddress', detail: `+ ${text}`, gets })),
    ...plain('virtual_ipaddress', missing(next.vips, old.vips)),
    ...authentication(),
  ];

  function sending(): readonly PeerVisible[] {
    const [was, is] = [old.unicast, next.unicast];
    if (was === undefined || is === undefined) {
      const way = (unicast: Router['unicast']): string => (unicast === undefined ? 'multicast' : 'unicast');
      if (was !== is) return changed('unicast_peer', way(was), way(is), true);
      return changed(`vrrp_mcast_group${next.family}`, old.group, next.group, true);
    }
    // A source that is not stated may be the very one that the other file states.
    const sure = was.src_ip !== '' && is.src_ip !== '';
    const peers = (list: readonly string[]) => new Map(list.map((peer) => [peer, peer]));
    const [before, after] = [peers(was.peers), peers(is.peers)];
    return [
      ...changed('unicast_src_ip', was.src_ip || 'none', is.src_ip || 'none', sure),
      ...plain('unicast_peer', missing(before, after, '+')),
      ...plain('unicast_peer', missing(after, before)),
    ];
  }

  /** Never with the passwords. Another version has its own entry. */
  function authentication(): readonly PeerVisible[] {
    if (old.version !== next.version) return [];
    if (old.auth.type !== next.auth.type)
      return changed('auth_type', old.auth.type || 'none', next.auth.type || 'none');
    return old.auth.pass === next.auth.pass ? [] : plain('auth_pass', ['changes']);
  }
}

/** What the second one has and the first one lacks, in its own words: "- 10.0.0.6/24". */
function missing(from: ReadonlyMap<string, string>, all: ReadonlyMap<string, string>, sign = '-'): readonly string[] {
  return [...all].filter(([key]) => !from.has(key)).map(([, text]) => `${sign} ${text}`);
}
