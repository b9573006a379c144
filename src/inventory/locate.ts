import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { AliasTargets } from './aliases.ts';
import type { Path } from './problem.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
  /** The file as messages name it, where it is not the inventory's first. */
  readonly file?: string;
}

/** Where a path stands in the file; a path that leads nowhere gets the position of what is nearest above it. */
export type Locate = (path: Path, at?: 'key' | 'value') => Position;

/** Looks paths up in a parsed document, through aliases and merge keys. */
export function locator(doc: Document, lines: LineCounter, targets: AliasTargets): Locate {
  const indexes = new WeakMap<YAMLMap, Map<string, Pair>>();
  const index = (map: YAMLMap): Map<string, Pair> => {
    const known = indexes.get(map);
    if (known !== undefined) return known;
    const made = new Map<string, Pair>();
    indexes.set(map, made);
    for (const pair of map.items) {
      const key = keyText(pair);
      if (key === '<<')
        for (const merged of mergedMaps(pair, targets))
          for (const [k, v] of index(merged)) made.set(k, made.get(k) ?? v);
    }
    for (const pair of map.items) made.set(keyText(pair), pair);
    return made;
  };
  return (path, at = 'value') => {
    let node = dereference(doc.contents, targets);
    let offset = node?.range?.[0] ?? 0;
    for (const [depth, segment] of path.entries()) {
      const step = node === undefined ? undefined : descend(node, segment, index);
      if (step === undefined) break;
      const last = depth === path.length - 1;
      node = dereference(step.value, targets);
      const keyOffset = step.key?.range?.[0];
      const written = isAlias(step.value) ? step.value : node;
      const missing = depth < path.length - 1 && !leadsOn(node, path[depth + 1], index);
      const wantsKey = last ? at === 'key' : missing && !isScalar(node);
      const empty = written?.range === undefined || written.range === null || written.range[0] === written.range[1];
      offset = (wantsKey || empty ? keyOffset : undefined) ?? written?.range?.[0] ?? offset;
    }
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
}

function descend(node: Node, segment: string | number, index: (map: YAMLMap) => Map<string, Pair>) {
  if (isSeq(node)) {
    const item = node.items[Number(segment)];
    return item === undefined ? undefined : { key: undefined, value: item as Node };
  }
  const pair = isMap(node) ? index(node).get(String(segment)) : undefined;
  return pair === undefined ? undefined : { key: pair.key as Node | null, value: pair.value as Node | null };
}

function leadsOn(
  node: Node | undefined,
  segment: string | number | undefined,
  index: (map: YAMLMap) => Map<string, Pair>,
): boolean {
  return node !== undefined && segment !== undefined && descend(node, segment, index) !== undefined;
}

function mergedMaps(pair: Pair, targets: AliasTargets): YAMLMap[] {
  const value = dereference(pair.value as Node | null, targets);
  const maps = isSeq(value) ? value.items.map((item) => dereference(item as Node, targets)) : [value];
  return maps.filter((map) => isMap(map));
}

function dereference(node: Node | null | undefined, targets: AliasTargets): Node | undefined {
  if (isAlias(node)) return targets.get(node);
  return node ?? undefined;
}

/** A key's text; keys are scalars here, the parser refused all others. */
export function keyText(pair: unknown): string {
  return isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : '';
}
