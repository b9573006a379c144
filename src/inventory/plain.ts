import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Pair } from 'yaml';
import type { AliasTargets } from './aliases.ts';
import { keyText } from './locate.ts';

/** `<<` merges. `__proto__` is reported by yaml-source.ts; zod passes over it, and Object.entries does not. */
const NO_KEYS = new Set(['<<', '__proto__']);

/**
 * A document as plain values, aliases and merge keys written out. The library's own way looks every alias up by
 * walking the document, which thousands of them turn into seconds.
 */
export function toPlain(doc: Document, targets: AliasTargets): unknown {
  const known = new Map<unknown, unknown>();
  const convert = (node: unknown): unknown => {
    if (isAlias(node)) return convert(targets.get(node));
    if (isScalar(node)) return node.value;
    if (!isMap(node) && !isSeq(node)) return node ?? null;
    if (known.has(node)) return known.get(node);
    const value = isSeq(node)
      ? node.items.map(convert)
      : Object.fromEntries(node.items.flatMap(entries).concat(own(node.items)));
    known.set(node, value);
    return value;
  };
  const own = (items: readonly Pair[]): [string, unknown][] => {
    return items.filter((pair) => !NO_KEYS.has(keyText(pair))).map((pair) => [keyText(pair), convert(pair.value)]);
  };
  // Of several merged maps the first one wins, so it comes last.
  const entries = (pair: unknown): [string, unknown][] => {
    if (!isPair(pair) || keyText(pair) !== '<<') return [];
    const merged = convert(pair.value);
    const maps = Array.isArray(merged) ? merged.toReversed() : [merged];
    return maps.flatMap((map) => (typeof map === 'object' && map !== null ? Object.entries(map) : []));
  };
  return convert(doc.contents);
}
