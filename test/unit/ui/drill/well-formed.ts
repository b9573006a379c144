const TAG = /^<(?<close>\/?)(?<name>[A-Za-z][\w:-]*)(?<attributes>(?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(?<empty>\/?)>$/;
const ATTRIBUTE = /(?<name>[\w:-]+)(?:="(?<value>[^"]*)")?/g;
const REFERENCE = /&(?:amp|lt|gt|quot|#39);/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what no document may hold is what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\ud800-\udfff\ufffe\uffff]/u;
const VOID = new Set(['meta', '!doctype']);

/** What a document is made of. */
export interface Outline {
  readonly elements: ReadonlySet<string>;
  /** NAME="VALUE", references as they stand. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

/** The elements and attributes of an HTML or XML text; throws where it is not well-formed to the letter. */
export function outlineOf(text: string): Outline {
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden !== null) throw new Error(`a character that no document may hold at ${forbidden.index}`);
  const elements = new Set<string>();
  const attributes: (readonly [string, string])[] = [];
  const open: string[] = [];
  for (const [token] of text.replace(/^<(!doctype html|\?xml [^?]*\?)>/, '').matchAll(/<[^<]*?>|[^<]+|</g)) {
    if (/[&]/.test(token.replace(REFERENCE, ''))) throw new Error(`a bare & in ${token}`);
    if (!token.startsWith('<')) continue;
    const { close, name = '', attributes: list = '', empty } = TAG.exec(token)?.groups ?? {};
    if (name === '') throw new Error(`no tag: ${token}`);
    if (close === '/') {
      const expected = open.pop();
      if (expected !== name) throw new Error(`</${name}> closes <${expected}>`);
      continue;
    }
    elements.add(name);
    for (const { groups } of list.matchAll(ATTRIBUTE))
      attributes.push([groups?.['name'] ?? '', groups?.['value'] ?? '']);
    if (empty !== '/' && !VOID.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(', ')}`);
  return { elements, attributes };
}
