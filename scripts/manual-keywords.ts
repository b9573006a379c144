/**
 * Keywords of keepalived.conf by block, out of the manual's source (keepalived.conf.5.in: a bold word at the begin of an
 * indented line): `npx tsx scripts/manual-keywords.ts FILE > test/fixtures/keepalived-manual/VERSION.json`.
 */
import { readFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';

const BLOCKS = ['global_defs', 'vrrp_script', 'vrrp_track_process', 'track_file', 'vrrp_sync_group', 'vrrp_instance'];
const found = new Map<string, Set<string>>(BLOCKS.map((name) => [name, new Set()]));
let block = '';
let depth = 0;
for (const raw of readFileSync(argv[2] ?? '', 'utf8').split('\n')) {
  if (/^\s*#/.test(raw) || /^\.[A-Z]/.test(raw)) continue;
  const line = raw.replace(/\\f[A-Z]/g, (mark) => (mark === '\\fB' ? '«' : '»'));
  const plain = line.replace(/[«»]/g, '').replace(/\\-/g, '-');
  const word = /^\s*«?\s*([a-z][a-z0-9_]+)/.exec(line.replace(/^\s*«/, '«'))?.[1];
  if (depth === 0 && word !== undefined && BLOCKS.includes(word) && plain.includes('{')) block = word;
  else if (depth === 1 && line.includes('«') && /^\s*«/.test(line) && word !== undefined) found.get(block)?.add(word);
  for (const brace of plain.replace(/#.*$/, '').match(/[{}]/g) ?? [])
    depth += brace === '{' && !/\{[^{}]*\|/.test(plain) ? 1 : brace === '}' && !/\{[^{}]*\|/.test(plain) ? -1 : 0;
  if (depth <= 0) {
    depth = 0;
    if (plain.trim() === '}') block = '';
  }
}
stdout.write(
  `${JSON.stringify(Object.fromEntries([...found].map(([name, words]) => [name, [...words].sort()])), null, 2)}\n`,
);
