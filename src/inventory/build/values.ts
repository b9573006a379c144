import { type Keyword, type Table, type Values, wantedOf } from '../../keepalived/keyword.ts';
import { defaultOf } from '../../keepalived/read.ts';
import { valueFor } from './per-host.ts';

/** What the inventory has to build itself, by the type of a keyword's value. */
export type Builders = Readonly<Record<Exclude<Keyword['kind']['type'], 'plain'>, (keyword: string) => unknown>>;

/** A block's values out of its written form: per host where they may differ, every default filled in, those of global_defs too. */
export function buildValues(
  table: Table,
  written: Values,
  hosts: readonly string[],
  own?: Builders,
  globals: readonly string[] = [],
): Values {
  const values: Record<string, unknown> = {};
  for (const [keyword, row] of Object.entries(table)) {
    if (row.inventory === false || row.deprecated === true) continue;
    const { type } = row.kind;
    const value = type === 'plain' ? plainValue(row, written[keyword], hosts, globals) : own?.[type](keyword);
    if (value !== undefined) values[keyword] = value;
  }
  for (const [keyword, { implied }] of Object.entries(table)) {
    const value = implied?.(values);
    if (value !== undefined) values[keyword] = value;
  }
  return values;
}

function plainValue(row: Keyword, written: unknown, hosts: readonly string[], globals: readonly string[]): unknown {
  const { kind, needed, perHost } = row;
  const one = (given: unknown): unknown =>
    given === undefined ? (defaultOf(row, globals) ?? wantedOf(row)) : (kind.build?.(given) ?? given);
  if (perHost === undefined) return one(written);
  const fallback = wantedOf(row) ?? needed?.guess;
  const own = hosts.map((host, place) => {
    const given = valueFor(written, host);
    if (given !== undefined) return [host, kind.build?.(given) ?? given] as const;
    return [host, (written === undefined ? row.byOrder?.(place, hosts.length) : undefined) ?? fallback] as const;
  });
  const said = own.filter(([, value]) => value !== undefined);
  return said.length === 0 && written === undefined && fallback === undefined ? undefined : Object.fromEntries(said);
}
