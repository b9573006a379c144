import ipaddr from 'ipaddr.js';
import type { Keyword, Table, Values } from '../../keepalived/keyword.ts';

/** keepalived's own words; STOP is an instance that has been shut down. */
export type VrrpPhase = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT' | 'STOP';

const PHASES: readonly VrrpPhase[] = ['INIT', 'BACKUP', 'MASTER', 'FAULT', 'STOP'];

/** A block of keepalived's dump: an instance or a script. */
export interface DumpBlock {
  readonly kind: string;
  readonly name: string;
  readonly values: Map<string, string>;
  readonly lists: Map<string, string[]>;
}

/** What the host printed: its first line, the lines before and in the dump, and the dump's blocks. null: keepalived does not run. */
export interface Dump {
  readonly first: string;
  readonly lines: readonly string[];
  readonly instances: readonly DumpBlock[];
  readonly scripts: readonly DumpBlock[];
}

/** Reads what VRRP_DUMP_SCRIPT and the lines after it printed. Throws where that is neither a dump nor `none`. */
export function parseDump(output: string, what: string): Dump | null {
  const [first = '', ...lines] = output.split('\n');
  if (first === 'none') return null;
  if (!/^pid \d+ age -?\d+ now \d+(?:\.\S*)?$/.test(first)) throw new Error(`no ${what}: ${first}`);
  const blocks = blocksOf(lines);
  const of = (kind: string): readonly DumpBlock[] => blocks.filter((block) => block.kind === kind);
  return { first, lines, instances: of('Instance'), scripts: of('Script') };
}

/** Blocks begin with one blank, their values with three, what a list holds with five. */
function blocksOf(lines: readonly string[]): readonly DumpBlock[] {
  const blocks: DumpBlock[] = [];
  let block: DumpBlock | undefined;
  let list: string[] | undefined;
  for (const line of lines) {
    const [, kind, name] = /^ VRRP (\w+) = (.*)$/.exec(line) ?? [];
    if (line.startsWith('---')) block = list = undefined;
    if (kind !== undefined && name !== undefined) {
      block = { kind, name, values: new Map(), lists: new Map() };
      blocks.push(block);
      list = undefined;
    } else if (/^ {3}\S/.test(line)) {
      const [, key, value] = /^ {3}([\w ]+) = (.*)$/.exec(line) ?? [];
      const title = /^ {3}([A-Z][\w ]*\w)/.exec(line)?.[1] ?? '';
      list = undefined;
      if (key !== undefined && value !== undefined) block?.values.set(key, value);
      else {
        list = [];
        block?.lists.set(title, list);
      }
    } else if (line.startsWith('     ')) list?.push(line.trim());
  }
  return blocks;
}

/** What a block shows of the table's keywords, by the names that the table gives the fact; keepalived's default, else. */
export function shownOf(table: Table, { values, lists }: DumpBlock): Values {
  const rows = Object.values<Keyword>(table).flatMap(({ kind, dump, default: own }) => {
    if (dump === undefined) return [];
    const shown = kind.show?.({ text: values.get(dump.title), lines: lists.get(dump.title) });
    const value = shown ?? own ?? shown;
    return value === undefined ? [] : [[dump.as, value] as const];
  });
  return Object.fromEntries(rows);
}

/** Titles of the lines that a host's dump has of a table. */
export function titlesOf(...tables: readonly Table[]): readonly string[] {
  const all = tables.flatMap((table) => Object.values<Keyword>(table).flatMap(({ dump }) => dump?.title ?? []));
  return [...new Set(all)];
}

/** The state of an instance; undefined where the text is none. */
export function phaseOf(text: string | undefined): VrrpPhase | undefined {
  return PHASES.find((phase) => phase === text);
}

/** Whose adverts a BACKUP has heard since it read its configuration; null: nobody's. */
export function masterOf({ values }: DumpBlock): { readonly address: string; readonly priority: number } | null {
  const address = values.get('Master router') ?? '';
  if (!ipaddr.isValid(address) || /^(?:0\.0\.0\.0|::)$/.test(address)) return null;
  return {
    address: ipaddr.parse(address).toString(),
    priority: Number.parseFloat(values.get('Master priority') ?? 'NaN'),
  };
}

/** How a check stands. Up to 2.2 the status itself tells that it has not ended yet; later the initial state does. */
export function statusOf({ values }: DumpBlock): 'good' | 'bad' | 'unknown' {
  const status = values.get('Status') ?? '';
  if (status.startsWith('INIT') || values.get('Init state')?.startsWith('INIT') === true) return 'unknown';
  return status === 'GOOD' ? 'good' : 'bad';
}
