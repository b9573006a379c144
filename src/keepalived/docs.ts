import { type Keyword, type Table, wantedOf } from './keyword.ts';

/** A keyword's line of documentation, its default filled in. */
export function docOf(row: Keyword): string {
  return (row.doc ?? '').replace('{default}', String(wantedOf(row)));
}

/** The table of a block for docs/inventory.md: a row for each key of the inventory, those per host marked *. */
export function keywordTable(table: Table): string {
  const rows = Object.entries(table).flatMap(([keyword, row]) => {
    if (row.inventory === false) return [];
    const mark = row.perHost === undefined ? '' : ' *';
    const meaning = (row.doc ?? '').replace(/(\.|^) ?Default \{default\}/, '').replaceAll('|', '\\|');
    const range = row.deprecated === true ? '' : row.kind.says;
    const since = row.since === undefined ? '' : `, keepalived ${row.since}`;
    return [`| \`${keyword}\`${mark} | ${defaultOf(row)} | ${meaning} | ${range}${since} |`];
  });
  return ['| key | default | meaning | value |', '|---|---|---|---|', ...rows].join('\n');
}

function defaultOf(row: Keyword): string {
  const value = wantedOf(row);
  if (row.needed !== undefined) return 'needed';
  if (row.derived !== undefined) return row.derived;
  return value === undefined ? '' : String(value);
}
