import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './markdown.ts';

const QUOTED = /'([a-z]+(?:-[a-z]+)*)'/g;

/** How the source names a rule: in a finding, in the reader's reports, in the chain that names a shape's rule. */
const PLACES = [
  /\brule: ('[a-z-]+')/g,
  /\bconst rule = ([^;]+);/g,
  /\breport\(\s*[^']*?('[a-z-]+')/g,
  /\bfailed\(file, ('[a-z-]+')/g,
];

/** Kinds of failover findings, which are rules of lint too. */
const KINDS = /readonly kind: ([^;]+);/;

/** Every rule id that the sources of the inventory and of the kinds of check name. */
export function ruleIds(): string[] {
  const sources = ['inventory', 'checks'].flatMap((folder) => {
    const directory = join(ROOT, 'src', folder);
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(directory, name), 'utf8'));
  });
  const found = sources.flatMap((source) =>
    PLACES.flatMap((place) => [...source.matchAll(place)].map(([, names = '']) => names)),
  );
  const kinds = KINDS.exec(readFileSync(join(ROOT, 'src', 'vrrp', 'failover.ts'), 'utf8'))?.[1] ?? '';
  const ids = [...found, kinds].flatMap((text) => [...text.matchAll(QUOTED)].map(([, id = '']) => id));
  // Parts of the condition that chooses a shape's rule, and no rules.
  return [...new Set(ids)].filter((id) => id !== 'too').sort();
}
