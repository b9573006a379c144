import { keywordTable } from '../../src/keepalived/docs.ts';
import { VRRP_INSTANCE } from '../../src/keepalived/table/vrrp-instance.ts';
import { VRRP_SCRIPT } from '../../src/keepalived/table/vrrp-script.ts';
import { VRRP_SYNC_GROUP } from '../../src/keepalived/table/vrrp-sync-group.ts';
import { TRACK_FILE, VRRP_TRACK_PROCESS } from '../../src/keepalived/table/vrrp-track.ts';

const TABLES = {
  vrrp_instance: VRRP_INSTANCE,
  vrrp_script: VRRP_SCRIPT,
  vrrp_sync_group: VRRP_SYNC_GROUP,
  vrrp_track_process: VRRP_TRACK_PROCESS,
  track_file: TRACK_FILE,
};

/** The document with the tables of keywords between their marks written anew. */
export function withKeywordTables(text: string): string {
  return Object.entries(TABLES).reduce((document, [name, table]) => {
    const [begin, end] = [`<!-- ${name}: npx tsx scripts/keyword-tables.ts -->`, `<!-- end of ${name} -->`];
    const [from, to] = [document.indexOf(begin), document.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`no marks of ${name}`);
    return `${document.slice(0, from)}${begin}\n\n${keywordTable(table)}\n\n${document.slice(to)}`;
  }, text);
}
