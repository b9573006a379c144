import type { CST } from 'yaml';

/** Nesting that an inventory may have at most; its deepest legitimate value is eight levels down. */
export const MAX_DEPTH = 40;
/** Lines that an inventory may have at most. */
export const MAX_LINES = 100_000;
/** YAML tokens that an inventory may have at most. */
export const MAX_LEXEMES = 800_000;

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
