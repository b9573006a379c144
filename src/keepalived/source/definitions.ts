/** Definitions ($NAME=VALUE) seen so far, by their names. */
export type Definitions = Map<string, string>;

/** One line after keepalived's own preparation; `word`: what of it cannot be resolved here. */
export interface PreparedLine {
  readonly text: string;
  readonly word?: string;
}

const CONDITION = /^\s*@(\^?)(\S+)(?:\s+(.*))?$/;
const DEFINITION = /^\s*\$([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;
const USE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)(?=\s|$)/g;
/** Without braces it is a use at the end of a word alone: keepalived 2.2.7 reads `$VIP/24` as it stands, and skips the address. */
const NO_USE = /\$([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_=\s])./g;
/** A definition may name itself through others. */
const DEEPEST = 16;

/**
 * A line as keepalived reads it (lib/parser.c, read_line): the condition decides whether it counts, a definition is kept and
 * leaves nothing, and uses of definitions become their values. Built in are _INSTANCE, _HOSTNAME and _PWD alone.
 */
export function prepareLine(line: string, instance: string | undefined, known: Definitions): PreparedLine {
  const [, not, id, rest] = CONDITION.exec(line) ?? [];
  if (id !== undefined) {
    const counts = (id === instance) !== (not === '^');
    return counts ? prepareLine(rest ?? '', instance, known) : { text: '' };
  }
  const [, name, value] = DEFINITION.exec(line) ?? [];
  if (name !== undefined && value !== undefined) {
    if (value.trimEnd().endsWith('\\')) return { text: '', word: `$${name}` };
    known.set(name, value.replace(/\s+[#!].*$/, '').trim());
    return { text: '' };
  }
  if (/^\s*[#!]/.test(line)) return { text: '' };
  const [sequence] = /~(?:SEQ|LST)\b/.exec(line) ?? [];
  if (sequence !== undefined) return { text: '', word: sequence };
  const left = [...line.matchAll(NO_USE)].find(([, used = '']) => known.has(used));
  return left === undefined ? expanded(line, known) : { text: '', word: `$${left[1]}` };
}

function expanded(line: string, known: Definitions): PreparedLine {
  let text = line;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    let unknown: string | undefined;
    const next = text.replace(USE, (whole, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? '';
      const value = known.get(name);
      if (value === undefined && braced !== undefined) unknown ??= `$${name}`;
      return value ?? whole;
    });
    if (unknown !== undefined) return { text: '', word: unknown };
    if (next === text) return { text };
    text = next;
  }
  return { text: '', word: '$' };
}
