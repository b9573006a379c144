import { ipAddress, UnsafeValueError } from '../guard.ts';
import type { Kind, Notice, Sent } from '../keyword.ts';
import { block, inside, wordOf } from '../statements.ts';
import { normal, shownAddresses } from './addresses.ts';

/** Where a host's adverts come from, and to whom they go. */
export interface Unicast {
  /** Empty: the interface's own. */
  readonly src_ip: string;
  readonly peers: readonly string[];
}

const SOURCE = 'unicast_src_ip';
const PEERS = 'unicast_peer';

/** Adverts to the peers' addresses instead of multicast: one key of the inventory, two keywords of keepalived. */
export const unicast: Kind<Unicast> & { readonly type: 'unicast' } = {
  type: 'unicast',
  says: '`true`, `false` or a map',
  write: (_, value, { family, of }) => {
    const { src_ip, peers } = partsOf(value);
    // Without peers keepalived would fall back to multicast, which the other hosts do not hear.
    if (!Array.isArray(peers) || peers.length === 0)
      throw new UnsafeValueError(of(PEERS), 'a list of one or more addresses');
    return [
      `${SOURCE} ${ipAddress(src_ip, family, of(SOURCE))}`,
      ...block(
        PEERS,
        peers.map((peer) => ipAddress(peer, family, of(PEERS))),
      ),
    ];
  },
  read: (_, body) => {
    const [source, peers] = [wordOf(body, SOURCE), inside(body, PEERS)];
    if (source === undefined && peers.length === 0) return undefined;
    return { src_ip: normal(source ?? ''), peers: [...new Set(peers.map(({ keyword }) => normal(keyword)))].sort() };
  },
  show: ({ lines }) => (lines === undefined ? null : shownAddresses(lines)),
  // Any unicast keyword without peers means multicast, to keepalived's group.
  send: (value, sent) => (value !== undefined && value.peers.length > 0 ? value : groupOf(sent)),
  notice: (keyword, old, next) => {
    const [was, is] = [old.values[keyword], next.values[keyword]];
    const [way, nextWay] = [wayOf(was), wayOf(is)];
    if (way !== nextWay) return changed(PEERS, way, nextWay, true);
    if (way === 'multicast') return changed(`vrrp_mcast_group${next.family}`, String(was), String(is), true);
    const [from, to] = [partsOf(was), partsOf(is)];
    const [before, after] = [peersOf(from.peers), peersOf(to.peers)];
    // A source that is not stated may be the very one that the other file states.
    const sure = from.src_ip !== '' && to.src_ip !== '';
    return [
      ...changed(SOURCE, String(from.src_ip || 'none'), String(to.src_ip || 'none'), sure),
      ...after.filter((peer) => !before.includes(peer)).map((peer) => ({ key: PEERS, detail: `+ ${peer}` })),
      ...before.filter((peer) => !after.includes(peer)).map((peer) => ({ key: PEERS, detail: `- ${peer}` })),
    ];
  },
};

/** What keepalived goes by when it looks for an instance again; of unicast only the source. */
export function identityOf(sent: unknown): string {
  return String(partsOf(sent).src_ip ?? sent);
}

function partsOf(value: unknown): { readonly src_ip?: unknown; readonly peers?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}

function peersOf(peers: unknown): readonly string[] {
  return Array.isArray(peers) ? peers.map(String) : [];
}

function wayOf(sent: unknown): 'unicast' | 'multicast' {
  return typeof sent === 'string' ? 'multicast' : 'unicast';
}

function groupOf({ globals, family }: Sent): string {
  const stated = wordOf(globals, family === 4 ? 'vrrp_mcast_group4' : 'vrrp_mcast_group6');
  return normal(stated ?? (family === 4 ? '224.0.0.18' : 'ff02::12'));
}

function changed(key: string, from: string, to: string, anew: boolean): readonly Notice[] {
  return from === to ? [] : [{ key, detail: `${from} -> ${to}`, ...(anew ? { anew } : {}) }];
}
