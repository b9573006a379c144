import type { Keyword, Table } from '../../keepalived/keyword.ts';
import type { Tracked } from '../../keepalived/kinds/tracked.ts';
import { blocksOf } from '../../keepalived/statements.ts';
import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import { TRACK_FILE, VRRP_TRACK_PROCESS } from '../../keepalived/table/vrrp-track.ts';
import { mergeValues } from './merge-values.ts';
import { joined, type Part } from './model.ts';
import { bodyOf, type Held } from './places.ts';

const BLOCKS: Readonly<Record<string, { readonly kinds: readonly string[]; readonly table: Table }>> = {
  track_process: { kinds: ['vrrp_track_process'], table: VRRP_TRACK_PROCESS },
  track_file: { kinds: ['track_file', 'vrrp_track_file'], table: TRACK_FILE },
};

/** Interfaces, processes, files and BFD sessions that an instance or a group watches, with what their blocks say. */
export function trackedLines(held: readonly Held[], path: readonly string[]): Part {
  const keywords = ['track_interface', 'track_process', 'track_file', 'track_bfd'] as const;
  return joined(
    keywords.map((keyword) =>
      mergeValues(keyword, {}, held, path, (one) => {
        const all = VRRP_INSTANCE[keyword].kind.read(keyword, bodyOf(one));
        if (all === undefined) return undefined;
        return Object.fromEntries(all.map((tracked) => [tracked.name, entryOf(keyword, tracked, one)]));
      }),
    ),
  );
}

function entryOf(
  keyword: string,
  { name, weight, reverse }: Tracked,
  { host }: Held,
): Readonly<Record<string, unknown>> {
  const { kinds = [], table = {} } = BLOCKS[keyword] ?? {};
  const body = kinds.flatMap((kind) => blocksOf(host.config.statements, kind)).find(([own]) => own === name)?.[1] ?? [];
  const rows: readonly (readonly [string, Keyword])[] = Object.entries(table);
  const own = rows.flatMap(([word, { kind }]) => {
    const value = kind.read(word, body);
    return value === undefined || value === false ? [] : [[word, value] as const];
  });
  const plain = keyword === 'track_file' ? 1 : 0;
  // The block may have a weight, too: keepalived takes it where the instance says none.
  const standard = Number(body.findLast((one) => one.keyword === 'weight')?.args[0] ?? plain);
  const counts = weight === plain ? standard : weight;
  return {
    ...Object.fromEntries(own),
    ...(counts === plain ? {} : { weight: counts }),
    ...(reverse ? { reverse } : {}),
  };
}
