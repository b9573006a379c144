import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GLOBAL_DEFS } from '../../../src/keepalived/table/global-defs.ts';
import { VRRP_INSTANCE } from '../../../src/keepalived/table/vrrp-instance.ts';
import { VRRP_SCRIPT } from '../../../src/keepalived/table/vrrp-script.ts';
import { VRRP_SYNC_GROUP } from '../../../src/keepalived/table/vrrp-sync-group.ts';
import { TRACK_FILE, VRRP_TRACK_PROCESS } from '../../../src/keepalived/table/vrrp-track.ts';

/** Keywords that one key of the inventory stands for, or that stand in the instance. */
const UNDER_ANOTHER = {
  vrrp_instance: ['authentication', 'unicast_src_ip', 'unicast_peer'],
  vrrp_track_process: ['weight'],
  track_file: ['weight'],
  // The manual's words for the places of dumps; the parser has state_dump_file and the others.
  global_defs: ['json_file_location', 'state_file_location', 'stats_file_location'],
} as const;

const TABLES: Readonly<Record<string, readonly string[]>> = {
  global_defs: [...GLOBAL_DEFS.keys()],
  vrrp_script: Object.keys(VRRP_SCRIPT),
  vrrp_track_process: Object.keys(VRRP_TRACK_PROCESS),
  track_file: Object.keys(TRACK_FILE),
  vrrp_sync_group: Object.keys(VRRP_SYNC_GROUP),
  vrrp_instance: Object.keys(VRRP_INSTANCE),
};

/** Made by scripts/manual-keywords.ts from the manual's source of that release. */
function manualOf(release: string): Readonly<Record<string, readonly string[]>> {
  const text = readFileSync(new URL(`../../fixtures/keepalived-manual/${release}.json`, import.meta.url), 'utf8');
  return JSON.parse(text) as Record<string, string[]>;
}

describe.each(['2.2.7', '2.3.4'])('the manual of keepalived %s', (release) => {
  it.each(Object.entries(manualOf(release)))('has no keyword of %s that the table lacks', (block, words) => {
    const known = [
      ...(TABLES[block] ?? []),
      ...(Object.entries(UNDER_ANOTHER).find(([name]) => name === block)?.[1] ?? []),
    ];
    expect(words.length).toBeGreaterThan(2);
    expect(words.filter((word) => !known.includes(word))).toEqual([]);
  });
});
