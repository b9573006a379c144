import { type CST, isAlias, isCollection, isNode, isPair, type Document, type Node } from 'yaml';

/** Nesting that an inventory may have at most; its deepest legitimate value is eight levels down. */
export const MAX_DEPTH = 40;
/** Lines that an inventory may have at most. */
export const MAX_LINES = 100_000;
/** YAML tokens that an inventory may have at most. */
export const MAX_LEXEMES = 800_000;
/** Values that an inventory may have at most once its aliases are written out. */
export const MAX_EXPANDED = 400_000;

/**
 * The offset of the first token nested deeper than MAX_DEPTH. Iterative: the composer recurses, and on deep input V8
 * can end the whole process, so depth has to be known before composing.
 */
export function tooDeepAt(token: CST.Token): number | undefined {
  const open: { token: CST.Token; depth: number }[] = [{ token, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { depth } = next;
    if (depth > MAX_DEPTH) return next.token.offset;
    for (const child of childTokens(next.token)) open.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

function childTokens(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap((item) => [item.key ?? [], item.value ?? []].flat());
}

interface Extent {
  readonly size: number;
  readonly depth: number;
}

/** Why a document's aliases cannot be written out: a loop, or too many values. undefined: they can. */
export function aliasProblem(doc: Document): { readonly reason: string; readonly offset: number } | undefined {
  const measured = new Map<Node, Extent>();
  let problem: { reason: string; offset: number } | undefined;
  const fail = (node: Node, reason: string): Extent => {
    problem ??= { reason, offset: node.range?.[0] ?? 0 };
    return { size: 1, depth: 1 };
  };
  const measure = (node: unknown): Extent => {
    if (!isNode(node) || problem !== undefined) return { size: 0, depth: 0 };
    const extent = isAlias(node) ? follow(node) : add(node);
    if (extent.size > MAX_EXPANDED) return fail(node, `the aliases stand for more than ${MAX_EXPANDED} values`);
    if (extent.depth > MAX_DEPTH) return fail(node, `the aliases nest deeper than ${MAX_DEPTH} levels`);
    measured.set(node, extent);
    return extent;
  };
  const follow = (node: Node & { resolve(doc: Document): Node | undefined }): Extent => {
    const source = node.resolve(doc);
    const known = source === undefined ? undefined : measured.get(source);
    return known ?? fail(node, source === undefined ? 'this alias has no anchor' : 'this alias contains itself');
  };
  const add = (node: Node): Extent => {
    if (!isCollection(node)) return { size: 1, depth: 0 };
    let size = 1;
    let depth = 0;
    for (const item of node.items) {
      for (const child of isPair(item) ? [item.key, item.value] : [item]) {
        const extent = measure(child);
        size += extent.size;
        depth = Math.max(depth, extent.depth);
      }
    }
    return { size, depth: depth + 1 };
  };
  measure(doc.contents);
  return problem;
}
