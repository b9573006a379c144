import { ipFamily } from '../names.ts';

/** A word of a route or a rule, and what has to stand after it. */
export interface RouteWord {
  /** Completes "must have". Absent: nothing stands after it. */
  readonly needs?: string;
  readonly is?: (value: string) => boolean;
  /** IPv6 alone has it. */
  readonly family?: 6;
  /** keepalived cannot follow a route or a rule that has it. */
  readonly untracked?: true;
}

const number: RouteWord = { needs: 'a number', is: (text) => /^(?:\d{1,10}|0x[0-9A-Fa-f]{1,8})$/.test(text) };
const time: RouteWord = { needs: 'a time such as 300ms', is: (text) => /^\d{1,10}(?:ms|s)?$/.test(text) };
const link: RouteWord = { needs: 'an interface', is: (text) => /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(text) };
const address: RouteWord = { needs: 'an address', is: (text) => ipFamily(text) !== undefined };
const word: RouteWord = { needs: 'a value', is: (text) => text !== '' };
const network: RouteWord = { needs: 'a network', is: isNetwork };
const source: RouteWord = { needs: 'a network, default, any or all', is: (text) => isNetwork(text) || isAny(text) };
const range: RouteWord = { needs: 'a range such as 80-80', is: (text) => /^\d{1,10}-\d{1,10}$/.test(text) };
const flag: RouteWord = {};

function many(words: string, one: RouteWord): Record<string, RouteWord> {
  return Object.fromEntries(words.split(' ').map((text) => [text, one]));
}

/** Words of a route after its network: keepalived.conf(5) and vrrp_iproute.c, each tried on 2.1.5, 2.2.7 and 2.3.3. */
export const ROUTE_WORDS: Readonly<Record<string, RouteWord>> = {
  ...many('via src', address),
  ...many('dev oif', link),
  ...many('metric preference priority mtu window reordering cwnd ssthresh hoplimit advmss initcwnd initrwnd', number),
  ...many('quickack fastopen_no_cookie', number),
  ...many('rtt rttvar rto_min', time),
  ...many('table scope features congctl tos dsfield realms ttl-propagate', word),
  ...many('onlink no_track inet inet6', flag),
  protocol: { ...word, untracked: true },
  from: { ...network, family: 6 },
  pref: { ...word, family: 6 },
  expires: { ...number, family: 6 },
};

/** Words of a way of a route with several: after nexthop. */
export const NEXTHOP_WORDS: Readonly<Record<string, RouteWord>> = {
  ...many('via', address),
  ...many('dev oif', link),
  ...many('weight', number),
  ...many('realms', word),
  ...many('onlink inet inet6', flag),
};

/** Words of a rule: keepalived.conf(5) and vrrp_iprule.c, tried as above. */
export const RULE_WORDS: Readonly<Record<string, RouteWord>> = {
  ...many('from to', source),
  ...many('iif dev oif', link),
  ...many('tos dsfield fwmark realms ipproto table lookup', word),
  ...many('preference priority order goto suppress_prefixlength suppress_ifgroup', number),
  ...many('uidrange sport dport', range),
  ...many('not l3mdev nop unreachable prohibit blackhole no_track inet inet6', flag),
  protocol: { ...word, untracked: true },
};

/** Words of which a rule has one. */
export const RULE_ACTIONS: readonly string[] = 'table lookup goto nop unreachable prohibit blackhole l3mdev'.split(' ');

export const RULE_PREFERENCE: readonly string[] = ['preference', 'priority', 'order'];

export const ROUTE_TYPES: readonly string[] =
  'unicast local broadcast multicast throw unreachable prohibit blackhole nat anycast'.split(' ');

export function isAny(text: string): boolean {
  return ['default', 'any', 'all'].includes(text);
}

/** An IP address, a prefix after it where wanted. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix] = text.split('/');
  const family = ipFamily(address);
  if (family === undefined) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}
