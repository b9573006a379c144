import type { Keyword, Table } from '../keyword.ts';
import type { Statement } from '../parse.ts';
import { type Loss, lossAt, wordsOf } from './loss.ts';

/** Settings that a new configuration leaves out of a block that it keeps. */
export interface SettingsOf {
  readonly table: Table;
  /** "vrrp_instance VI_1". */
  readonly owner: string;
  readonly old: readonly Statement[];
  readonly next: readonly Statement[];
  /** Keywords that are compared elsewhere, or that mean nothing. */
  readonly besides: ReadonlySet<string>;
}

/**
 * Each keyword that the old block says and the new one does not, unless what it says is keepalived's default. Another value is
 * no loss: the inventory says it, and the difference shows it.
 */
export function settingLosses({ table, owner, old, next, besides }: SettingsOf): readonly Loss[] {
  const seen = new Set<string>();
  return old.flatMap((one): readonly Loss[] => {
    const { keyword } = one;
    if (besides.has(keyword) || seen.has(keyword)) return [];
    seen.add(keyword);
    if (next.some((other) => other.keyword === keyword)) return [];
    const row: Keyword | undefined = Object.hasOwn(table, keyword) ? table[keyword] : undefined;
    if (row?.deprecated === true) return [];
    if (row !== undefined && isDefault(row, keyword, old)) return [];
    return [lossAt(one, `${wordsOf(one)} of ${owner}`, keyword)];
  });
}

function isDefault(row: Keyword, keyword: string, body: readonly Statement[]): boolean {
  const value = row.kind.read(keyword, body);
  return value === undefined || value === false || (row.default !== undefined && value === row.default);
}
