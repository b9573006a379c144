import { type Alias, type Document, isAlias, isCollection, isNode, isPair, type Node } from 'yaml';
import { MAX_DEPTH } from './yaml-limits.ts';

/** Values that an inventory may have at most once its aliases are written out. */
export const MAX_EXPANDED = 400_000;

/** What each alias stands for. The library looks it up by walking the document, once for every alias. */
export type AliasTargets = ReadonlyMap<Alias, Node>;

export interface AliasProblem {
  readonly reason: string;
  readonly offset: number;
}

interface Extent {
  readonly size: number;
  readonly depth: number;
}

/**
 * The targets of all aliases, in one walk; a problem where they cannot be written out: no anchor, a loop, too many
 * values. The document itself is no deeper than MAX_DEPTH.
 */
export function resolveAliases(doc: Document): { readonly targets: AliasTargets } | { readonly problem: AliasProblem } {
  const targets = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  const extents = new Map<Node, Extent>();
  let problem: AliasProblem | undefined;
  const fail = (node: Node, reason: string): Extent => {
    problem ??= { reason, offset: node.range?.[0] ?? 0 };
    return { size: 1, depth: 1 };
  };
  const follow = (alias: Alias): Extent => {
    const target = anchors.get(alias.source);
    if (target === undefined) return fail(alias, 'this alias has no anchor');
    targets.set(alias, target);
    return extents.get(target) ?? fail(alias, 'this alias contains itself');
  };
  const add = (node: Node): Extent => {
    if (!isCollection(node)) return { size: 1, depth: 0 };
    const extents = node.items.flatMap((item) =>
      isPair(item) ? [measure(item.key), measure(item.value)] : [measure(item)],
    );
    return {
      size: extents.reduce((sum, { size }) => sum + size, 1),
      depth: extents.reduce((most, { depth }) => Math.max(most, depth), 0) + 1,
    };
  };
  const measure = (node: unknown): Extent => {
    if (!isNode(node) || problem !== undefined) return { size: 0, depth: 0 };
    if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    const extent = isAlias(node) ? follow(node) : add(node);
    if (extent.size > MAX_EXPANDED) return fail(node, `the aliases stand for more than ${MAX_EXPANDED} values`);
    if (extent.depth > MAX_DEPTH) return fail(node, `the aliases nest deeper than ${MAX_DEPTH} levels`);
    extents.set(node, extent);
    return extent;
  };
  measure(doc.contents);
  return problem === undefined ? { targets } : { problem };
}
