import type { BlockOf, Keyword, Sent, Table, ValueOf } from './keyword.ts';
import type { Unicast } from './kinds/unicast.ts';
import type { Statement } from './parse.ts';
import { wordOf } from './statements.ts';
import type { VirtualAddress } from './vip.ts';

/** A block as a file has it: what has a default is there, all else may be missing. */
export type ReadBlock<T> = Partial<BlockOf<T>> & {
  readonly [K in keyof T as T[K] extends { default: unknown } ? K : never]: ValueOf<T[K]>;
};

/** What a block of keepalived.conf says, by keyword, with keepalived's own defaults. */
export function readBlock<const T extends Table>(
  table: T,
  body: readonly Statement[],
  globals: readonly Statement[] = [],
): ReadBlock<T> {
  const values: Record<string, unknown> = {};
  for (const [keyword, row] of Object.entries(table)) {
    const value = row.kind.read(keyword, body) ?? globalDefault(row, globals) ?? row.default;
    if (value !== undefined) values[keyword] = value;
  }
  for (const [keyword, { defaultsTo, kind }] of Object.entries(table)) {
    if (defaultsTo !== undefined && kind.read(keyword, body) === undefined) values[keyword] = values[defaultsTo];
  }
  // Each value comes from its own kind's reader.
  return values as ReadBlock<T>;
}

/** What a line of global_defs makes the default of a keyword; undefined where none does. */
export function defaultOf(row: Keyword, lines: readonly string[]): unknown {
  const globals = lines.map((text, index): Statement => {
    const [keyword = '', ...args] = text.trim().split(/\s+/);
    return { keyword, args, line: index + 1 };
  });
  return globalDefault(row, globals);
}

function globalDefault({ kind, global }: Keyword, globals: readonly Statement[]): unknown {
  const word = global === undefined ? undefined : wordOf(globals, global);
  return word === undefined || global === undefined ? undefined : kind.read(global, globals);
}

/** What decides family and version of an instance. */
export interface FrameValues {
  readonly virtual_ipaddress?: readonly Pick<VirtualAddress, 'family'>[];
  readonly unicast?: Unicast;
  readonly version?: 2 | 3;
  readonly native_ipv6?: boolean;
}

/** An instance has the family of its unicast source, else of its first address; IPv6 has VRRP version 3 alone. */
export function familyAndVersion(values: FrameValues): Pick<Sent, 'family' | 'version'> {
  const source = values.unicast?.src_ip;
  const first = values.virtual_ipaddress?.[0]?.family ?? 4;
  const own = source === undefined || source === '' ? first : source.includes(':') ? 6 : 4;
  const family = values.native_ipv6 === true ? 6 : own;
  return { family, version: family === 6 ? 3 : (values.version ?? 2) };
}
