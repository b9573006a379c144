import { unknownKey } from '../../inventory/known-words.ts';
import { RULES } from '../../inventory/rules/registry.ts';
import { docOf } from '../../keepalived/docs.ts';
import { exampleOf } from '../../keepalived/examples.ts';
import { HEARSAY } from '../../keepalived/hearsay.ts';
import { type Keyword, type Table, wantedOf } from '../../keepalived/keyword.ts';
import { BLOCKS } from '../../keepalived/table/blocks.ts';
import { VRRP_INSTANCE } from '../../keepalived/table/vrrp-instance.ts';
import { VRRP_SCRIPT } from '../../keepalived/table/vrrp-script.ts';
import { VRRP_SYNC_GROUP } from '../../keepalived/table/vrrp-sync-group.ts';
import { TRACK_FILE, VRRP_TRACK_PROCESS } from '../../keepalived/table/vrrp-track.ts';
import { CHECK_TEXTS } from '../../operate/doctor/check-texts.ts';

/** What is known of a word: its kind and place, and labelled texts. */
export interface Explanation {
  /** "priority: key of an instance, per host". */
  readonly title: string;
  readonly rows: readonly (readonly [label: string, text: string])[];
}

/** Where the keys of a table stand in the inventory. */
const PLACES: readonly (readonly [Table, string])[] = [
  [VRRP_INSTANCE, 'an instance (vrrp_instances: { NAME: … })'],
  [VRRP_SYNC_GROUP, 'a sync group (vrrp_sync_groups: { NAME: … })'],
  [VRRP_SCRIPT, 'a check (track_script: { NAME: … })'],
  [VRRP_TRACK_PROCESS, 'a tracked process (track_process: { NAME: … })'],
  [TRACK_FILE, 'a tracked file (track_file: { NAME: … })'],
];

/** A key that the JSON Schema of inventories describes. */
export interface SchemaKey {
  readonly key: string;
  readonly description: string;
}

/**
 * All that a word means: a check of the doctor, a rule of lint, a key of the inventory; of a word that is none of these,
 * what to write instead. `keys`: what the schema describes besides the keyword table.
 */
export function explain(word: string, keys: readonly SchemaKey[]): readonly Explanation[] {
  const known = PLACES.flatMap(([table]) => Object.keys(table)).concat(keys.map(({ key }) => key));
  const found = [...checkOf(word.toUpperCase()), ...ruleOf(word), ...keysOf(word), ...blockOf(word)];
  const described = keysOf(word).length + blockOf(word).length > 0 ? [] : schemaKeys(word, keys);
  if (found.length + described.length > 0) return [...found, ...described];
  return [{ title: `${word}: not a key of the inventory`, rows: [['Instead', unknownKey(word, known).message]] }];
}

function checkOf(id: string): Explanation[] {
  const check = Object.hasOwn(CHECK_TEXTS, id) ? CHECK_TEXTS[id] : undefined;
  if (check === undefined) return [];
  const command = `haprov doctor --all | grep ${id}`;
  return [
    {
      title: `${id}: the doctor's check "${check.name}"`,
      rows: [
        ['Fails', check.finds],
        ['Example', command],
      ],
    },
  ];
}

function ruleOf(id: string): Explanation[] {
  const rule = Object.hasOwn(RULES, id) ? RULES[id] : undefined;
  if (rule === undefined) return [];
  return [{ title: `${id}: rule of lint`, rows: [['Finds', rule.finds], ['Fix', rule.write], ...beware(id)] }];
}

function keysOf(word: string): Explanation[] {
  return PLACES.flatMap(([table, place]) => {
    const row = Object.hasOwn(table, word) ? table[word] : undefined;
    if (row === undefined || row.inventory === false) return [];
    const per = row.perHost === undefined ? '' : ', one value or a map of host names';
    return [{ title: `${word}: key of ${place}${per}`, rows: rowsOf(word, row) }];
  });
}

function rowsOf(word: string, row: Keyword): Explanation['rows'] {
  const value = wantedOf(row);
  const preset = row.derived ?? (value === undefined ? undefined : String(value));
  const noticed = 'peers notice another value, so all hosts of the cluster take it at the same moment';
  return [
    ['Meaning', docOf(row)],
    ['Value', row.kind.says],
    ...(row.needed === undefined
      ? preset === undefined
        ? []
        : [['Default', preset] as const]
      : [['Default', 'none, the key is needed'] as const]),
    ...(row.since === undefined ? [] : [['Since', `keepalived ${row.since}`] as const]),
    [
      'Change',
      row.change === 'restart' ? 'restarts keepalived, and the VIP moves' : 'reloads keepalived, and the VIP stays',
    ],
    ...(row.peers === undefined ? [] : [['Peers', noticed] as const]),
    ...(row.proof === undefined ? [] : [['Proof', row.proof] as const]),
    ['Example', exampleOf(word, row)],
    ...beware(word),
  ];
}

function blockOf(word: string): Explanation[] {
  const doc = Object.entries(BLOCKS).find(([name]) => name === word)?.[1];
  if (doc === undefined) return [];
  return [
    {
      title: `${word}: key of keepalived in a cluster`,
      rows: [
        ['Meaning', doc],
        ['Example', `keepalived: { ${word}: [ … ] }`],
      ],
    },
  ];
}

function schemaKeys(word: string, keys: readonly SchemaKey[]): Explanation[] {
  const texts = [...new Set(keys.filter(({ key }) => key === word).map(({ description }) => description))];
  if (texts.length === 0) return [];
  const meanings = texts.map((text) => ['Meaning', text] as const);
  return [{ title: `${word}: key of the inventory`, rows: [...meanings, ...beware(word)] }];
}

function beware(word: string): (readonly [string, string])[] {
  const text = Object.hasOwn(HEARSAY, word) ? HEARSAY[word] : undefined;
  return text === undefined ? [] : [['Beware', text]];
}
