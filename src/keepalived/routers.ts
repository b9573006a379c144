import ipaddr from 'ipaddr.js';
import type { Statement } from './parse.ts';

/** A vrrp_instance of a keepalived.conf as others on its network notice it, with keepalived's own defaults filled in. */
export interface Router {
  readonly name: string;
  readonly interface: string;
  readonly virtual_router_id: string;
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  /** Seconds. */
  readonly advert_int: number;
  /** Empty where there is none, or the version has none. Holds the password: compare it, never show it. */
  readonly auth: { readonly type: string; readonly pass: string };
  /** Advertised addresses, normalised, each with the words that stand in the file. */
  readonly vips: ReadonlyMap<string, string>;
  /** Addresses that it adds and removes without telling; normalised, as above. */
  readonly excluded: ReadonlyMap<string, string>;
  /** undefined: multicast. An empty `src_ip` is the interface's own. */
  readonly unicast?: { readonly src_ip: string; readonly peers: readonly string[] };
  /** The multicast address; empty with unicast. */
  readonly group: string;
  /** It has an interface of its own, with another MAC address. */
  readonly vmac: boolean;
  /** Its place in the file, from 0. */
  readonly place: number;
}

/** All vrrp_instances of a keepalived.conf, in the file's order. What keepalived ignores is ignored here too. */
export function routersOf(statements: readonly Statement[]): readonly Router[] {
  const globals = statements
    .filter(({ keyword }) => keyword === 'global_defs')
    .flatMap(({ children = [] }) => children);
  return statements
    .filter(({ keyword, args }) => keyword === 'vrrp_instance' && args.length > 0)
    .map(({ args: [name = ''], children = [] }, place) => routerOf(name, children, globals, place));
}

/**
 * Why the file does not tell all that keepalived runs: it includes other files, or has definitions, conditions or
 * sequences, which keepalived alone resolves. undefined: it tells all.
 */
export function opaqueBy(statements: readonly Statement[]): string | undefined {
  for (const { keyword, args, children = [] } of statements) {
    if (/^include[a-z]*$/i.test(keyword)) return 'it includes other files';
    if (keyword.startsWith('@')) return 'it has conditions (@)';
    if (keyword.startsWith('$')) return 'it has definitions ($)';
    if ([keyword, ...args].some((word) => /~(SEQ|LST)|\$\{_/.test(word)))
      return 'it has sequences or built-in definitions';
    const inside = opaqueBy(children);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

function routerOf(name: string, body: readonly Statement[], globals: readonly Statement[], place: number): Router {
  const vips = addressesOf(body, 'virtual_ipaddress');
  const excluded = addressesOf(body, 'virtual_ipaddress_excluded');
  const source = normal(wordOf(body, 'unicast_src_ip') ?? '');
  const peers = block(body, 'unicast_peer').map(({ keyword }) => normal(keyword));
  const [first = ''] = vips.keys();
  const family = body.some(({ keyword }) => keyword === 'native_ipv6') || (source || first).includes(':') ? 6 : 4;
  const stated = wordOf(body, 'version') ?? wordOf(globals, 'vrrp_version');
  const version = family === 6 || stated === '3' ? 3 : 2;
  const unicast = peers.length === 0 ? {} : { unicast: { src_ip: source, peers: [...new Set(peers)].sort() } };
  return {
    name,
    interface: wordOf(body, 'interface') ?? wordOf(globals, 'default_interface') ?? '',
    virtual_router_id: (wordOf(body, 'virtual_router_id') ?? '').replace(/^0+(?=\d)/, ''),
    family,
    version,
    advert_int: interval(wordOf(body, 'advert_int'), version),
    auth: version === 3 ? { type: '', pass: '' } : authOf(body),
    vips,
    excluded,
    ...unicast,
    group: peers.length > 0 ? '' : groupOf(globals, family),
    vmac: body.some(({ keyword }) => keyword === 'use_vmac' || keyword === 'use_ipvlan'),
    place,
  };
}

/** Two statements of one name: the last one counts. */
function wordOf(body: readonly Statement[], keyword: string): string | undefined {
  return body.findLast((statement) => statement.keyword === keyword)?.args[0];
}

function block(body: readonly Statement[], keyword: string): readonly Statement[] {
  return body.filter((statement) => statement.keyword === keyword).flatMap(({ children = [] }) => children);
}

function authOf(body: readonly Statement[]): Router['auth'] {
  const inside = block(body, 'authentication');
  const hmac = inside.filter(({ keyword }) => keyword === 'auth_hmac');
  if (hmac.length > 0)
    return { type: 'HMAC', pass: JSON.stringify(hmac, (key, value) => (key === 'line' ? 0 : value)) };
  const pass = wordOf(inside, 'auth_pass');
  // keepalived cuts a password after eight characters.
  return pass === undefined
    ? { type: '', pass: '' }
    : { type: wordOf(inside, 'auth_type') ?? '', pass: pass.slice(0, 8) };
}

/** Version 2 has whole seconds, one at least. */
function interval(text: string | undefined, version: 2 | 3): number {
  const seconds = Number(text ?? '1');
  return version === 3 ? seconds : Math.max(1, Math.round(seconds));
}

function groupOf(globals: readonly Statement[], family: 4 | 6): string {
  const stated = wordOf(globals, family === 4 ? 'vrrp_mcast_group4' : 'vrrp_mcast_group6');
  return normal(stated ?? (family === 4 ? '224.0.0.18' : 'ff02::12'));
}

function addressesOf(body: readonly Statement[], keyword: string): ReadonlyMap<string, string> {
  return new Map(
    block(body, keyword).map(({ keyword: first, args }) => {
      const words = [first, ...args];
      const text = words.find(
        (word, index) => isAddress(word) && !/^(brd|broadcast|peer)$/.test(words[index - 1] ?? ''),
      );
      return [normal(text ?? first), text ?? first];
    }),
  );
}

function isAddress(word: string): boolean {
  return ipaddr.isValid(word.split('/', 1).join(''));
}

/** An address without its prefix, in the one form that it is compared in; other words as they are. */
export function normal(word: string): string {
  return isAddress(word) ? ipaddr.parse(word.split('/', 1).join('')).toString() : word;
}
