import type { KeepalivedConfig } from './config.ts';
import type { Table, Values } from './keyword.ts';
import { GLOBAL_DEFS } from './table/global-defs.ts';
import { VRRP_INSTANCE } from './table/vrrp-instance.ts';
import { VRRP_SCRIPT } from './table/vrrp-script.ts';
import { VRRP_SYNC_GROUP } from './table/vrrp-sync-group.ts';
import { TRACK_FILE, VRRP_TRACK_PROCESS } from './table/vrrp-track.ts';

/** A keyword that a keepalived does not have. */
export interface TooNew {
  readonly keyword: string;
  /** The first release that has it. */
  readonly since: string;
}

/** The first release that haprov supports. */
export const OLDEST = '2.0.19';

/** Keywords of a configuration that a keepalived of this version (`1:2.2.7-1+b2`, `2.1.5-9.el8`) does not know, each once. */
export function tooNewFor(config: KeepalivedConfig, version: string): readonly TooNew[] {
  const own = numbersOf(version);
  if (own === undefined) return [];
  const blocks: readonly (readonly [Table, readonly object[]])[] = [
    [VRRP_INSTANCE, config.vrrp_instances],
    [VRRP_SCRIPT, config.vrrp_scripts],
    [VRRP_TRACK_PROCESS, config.vrrp_track_processes ?? []],
    [TRACK_FILE, config.track_files ?? []],
    [VRRP_SYNC_GROUP, config.vrrp_sync_groups ?? []],
  ];
  const used = blocks.flatMap(([table, all]) => all.flatMap((one) => sinceOf(table, { ...one })));
  const globals = config.global_defs.flatMap((line) => {
    const keyword = line.split(' ', 1).join('');
    const since = GLOBAL_DEFS.get(keyword)?.since;
    return since === undefined ? [] : [{ keyword, since }];
  });
  const late = [...used, ...globals].filter(({ since }) => isBefore(own, numbersOf(since) ?? []));
  return [...new Map(late.map((one) => [one.keyword, one])).values()];
}

function sinceOf(table: Table, values: Values): TooNew[] {
  return Object.entries(values).flatMap(([keyword, value]) => {
    const since = table[keyword]?.since;
    return since === undefined || value === false || value === undefined ? [] : [{ keyword, since }];
  });
}

function numbersOf(version: string): readonly number[] | undefined {
  const [, text] = /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version) ?? [];
  return text?.split('.').map(Number);
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (let place = 0; place < Math.max(a.length, b.length); place += 1) {
    const difference = (a[place] ?? 0) - (b[place] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
