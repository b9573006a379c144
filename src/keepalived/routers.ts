import { FRAGMENTS } from './fragments.ts';
import type { Keyword, Sent } from './keyword.ts';
import { wordsByAddress } from './kinds/addresses.ts';
import { identityOf } from './kinds/unicast.ts';
import type { Statement } from './parse.ts';
import { familyAndVersion, readBlock } from './read.ts';
import { blocksOf, inside } from './statements.ts';
import { VRRP_INSTANCE } from './table/vrrp-instance.ts';

/** A vrrp_instance of a keepalived.conf as keepalived runs it, with keepalived's own defaults filled in. */
export interface Router extends Sent {
  readonly name: string;
  /** Advertised addresses, normalised, each with the words that stand in the file. */
  readonly vips: ReadonlyMap<string, string>;
  /** Addresses that it adds and removes without telling; normalised, as above. */
  readonly excluded: ReadonlyMap<string, string>;
  /** What its peers know it by: interface, VRID, family. */
  readonly wire: string;
  /** What keepalived itself goes by besides: the way of sending, an interface of its own. */
  readonly way: string;
  /** Its place in the file, from 0. */
  readonly place: number;
}

/** All vrrp_instances of a keepalived.conf, in the file's order. What keepalived ignores is ignored here too. */
export function routersOf(statements: readonly Statement[]): readonly Router[] {
  const globals = inside(statements, 'global_defs');
  return blocksOf(statements, 'vrrp_instance').map(([name, body], place) => routerOf(name, body, globals, place));
}

/**
 * Why the file does not tell all that keepalived runs: it includes other files, or has definitions, conditions or
 * sequences, which keepalived alone resolves. undefined: it tells all.
 */
export function opaqueBy(statements: readonly Statement[]): string | undefined {
  for (const { keyword, args, children = [] } of statements) {
    // Fragments hold no instance: haprov looked at them before it uploaded them.
    if (keyword === 'include' && args[0]?.startsWith(`${FRAGMENTS}/`) === true) continue;
    if (/^include[a-z]*$/i.test(keyword)) return 'it includes other files';
    if (keyword.startsWith('@')) return 'it has conditions (@)';
    if (keyword.startsWith('$')) return 'it has definitions ($)';
    if ([keyword, ...args].some((word) => /~(SEQ|LST)|\$\{_/.test(word)))
      return 'it has sequences or built-in definitions';
    const nested = opaqueBy(children);
    if (nested !== undefined) return nested;
  }
  return undefined;
}

function routerOf(name: string, body: readonly Statement[], globals: readonly Statement[], place: number): Router {
  const read = readBlock(VRRP_INSTANCE, body, globals);
  const stated: Sent = { ...familyAndVersion(read), values: { ...read }, body, globals };
  const rows: readonly (readonly [string, Keyword])[] = Object.entries(VRRP_INSTANCE);
  const values = Object.fromEntries(
    rows.map(([keyword, { kind }]) => {
      const value = stated.values[keyword];
      return [keyword, kind.send === undefined ? value : kind.send(value, stated)];
    }),
  );
  const identity = (part: Keyword['identity']): string =>
    rows.flatMap(([keyword, row]) => (row.identity === part ? [identityOf(values[keyword])] : [])).join(' ');
  return {
    ...stated,
    values,
    name,
    vips: wordsByAddress(body, 'virtual_ipaddress'),
    excluded: wordsByAddress(body, 'virtual_ipaddress_excluded'),
    wire: identity('wire'),
    way: identity('way'),
    place,
  };
}
