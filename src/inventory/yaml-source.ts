import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
} from 'yaml';
import { resolveAliases } from './aliases.ts';
import { keyText, type Locate, locator } from './locate.ts';
import type { Problem } from './model.ts';
import { toPlain } from './plain.ts';
import { MAX_DEPTH, MAX_LEXEMES, MAX_LINES, tooDeepAt } from './yaml-limits.ts';

/** A YAML file as plain values, with the place of each. */
export interface YamlSource {
  readonly data: unknown;
  readonly locate: Locate;
}

type Report = (offset: number, rule: string, message: string) => void;

const SHOWN_SYNTAX_ERRORS = 10;
// C0 and C1 controls, invisible direction marks, lone surrogates: none has a place in a name, a path or a number.
const HIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
const RAW_CONTROL = /[^\P{Cc}\t\n\r]/u;

/**
 * One YAML 1.2 document, with aliases and merge keys. `source` is undefined when the text cannot be read at all; what
 * can be read with problems (a duplicate key) comes with both. Bounded in time for any input.
 */
export function parseYaml(text: string, file: string): { source: YamlSource | undefined; problems: Problem[] } {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const report: Report = (offset, rule, message) => {
    const { line, col } = lines.linePos(offset);
    problems.push({ file, line: Math.max(line, 1), column: Math.max(col, 1), severity: 'error', rule, message });
  };
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const doc = compose(body, lines, report);
  if (doc === undefined || problems.length > 0) return { source: undefined, problems };
  const aliases = resolveAliases(doc);
  if ('problem' in aliases) {
    report(aliases.problem.offset, 'yaml-alias', aliases.problem.reason);
    return { source: undefined, problems };
  }
  inspect(doc.contents, report);
  if (problems.some((problem) => problem.rule === 'yaml-merge')) return { source: undefined, problems };
  return { source: { data: toPlain(doc, aliases.targets), locate: locator(doc, lines, aliases.targets) }, problems };
}

function compose(text: string, lines: LineCounter, report: Report): Document | undefined {
  const tokens = tokenize(text, lines, report);
  if (tokens === undefined) return undefined;
  const docs = [...new Composer({ version: '1.2', merge: true, uniqueKeys: false, stringKeys: true }).compose(tokens)];
  const [doc, second] = docs;
  if (doc === undefined || (second === undefined && isNothing(doc.contents))) {
    const error = doc?.errors[0];
    if (error !== undefined) report(error.pos[0], 'yaml-syntax', explain(error.code, error.message));
    else report(0, 'yaml-empty', 'the inventory is empty; `haprov init` writes one to start from');
    return undefined;
  }
  if (second !== undefined)
    report(second.range[0], 'yaml-documents', 'a second YAML document begins here; an inventory is one document');
  for (const problem of [...doc.errors, ...doc.warnings].slice(0, SHOWN_SYNTAX_ERRORS)) {
    report(problem.pos[0], 'yaml-syntax', explain(problem.code, problem.message));
  }
  return doc;
}

function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function tokenize(text: string, lines: LineCounter, report: Report): CST.Token[] | undefined {
  const control = RAW_CONTROL.exec(text);
  let newlines = 0;
  for (let at = text.indexOf('\n'); at !== -1 && newlines <= MAX_LINES; at = text.indexOf('\n', at + 1)) newlines += 1;
  if (newlines > MAX_LINES) {
    report(
      0,
      'yaml-size',
      `the file has more than ${MAX_LINES} lines, the most an inventory may have; split it by clusters`,
    );
    return undefined;
  }
  const tokens: CST.Token[] = [];
  const parser = new Parser();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    report(control.index, 'control-character', `the control character U+${code} stands here; is this a text file?`);
    return undefined;
  }
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexemes > MAX_LEXEMES) {
      report(0, 'yaml-size', 'the file has more values than an inventory may have; split it by clusters');
      return undefined;
    }
    tokens.push(...parser.next(lexeme));
  }
  tokens.push(...parser.end());
  for (const token of tokens) {
    const deep = tooDeepAt(token);
    if (deep === undefined) continue;
    report(deep, 'yaml-depth', `nested deeper than ${MAX_DEPTH} levels`);
    return undefined;
  }
  return tokens;
}

function explain(code: string, message: string): string {
  const first = (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
  if (code === 'TAB_AS_INDENT') return 'not YAML: a tab indents this line; YAML indents with spaces';
  // The library quotes the text it stumbled over, which may be a secret.
  return `not YAML: ${first.replace(/:? ?".*"?$/s, '')}`;
}

/** What YAML itself allows and an inventory does not: keys written twice, hidden characters, numbers that mislead. */
function inspect(node: unknown, report: Report): void {
  if (!isNode(node) || isAlias(node)) return;
  if (isScalar(node)) inspectScalar(node, report);
  if (isSeq(node)) for (const item of node.items) inspect(item, report);
  if (!isMap(node)) return;
  const seen = new Set<string>();
  for (const pair of node.items) {
    const key = keyText(pair);
    const place = isPair(pair) && isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
    if (seen.has(key)) report(place, 'duplicate-key', `the key '${shown(key)}' stands twice in this map`);
    if (key === '<<' && !isMergeable(pair.value))
      report(place, 'yaml-merge', "the value of '<<' must be a map, an alias of one, or a list of them");
    if (key === '__proto__' || key === '') report(place, 'name', 'this cannot be a key');
    seen.add(key);
    inspect(pair.key, report);
    inspect(pair.value, report);
  }
}

function isMergeable(value: unknown): boolean {
  if (isSeq(value)) return value.items.every((item) => isMap(item) || isAlias(item));
  return isMap(value) || isAlias(value);
}

function inspectScalar(node: Node & { value: unknown; source?: string }, report: Report): void {
  const offset = node.range?.[0] ?? 0;
  if (typeof node.value === 'string') {
    const hidden = HIDDEN.exec(node.value)?.[0];
    if (hidden === undefined) return;
    const code = (hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    report(offset, 'control-character', `this text holds the invisible character U+${code}`);
  } else if (typeof node.value === 'number' && /^[-+]?0\d/.test(node.source ?? '')) {
    report(
      offset,
      'number',
      'a number that begins with 0 could be meant as octal; write it without the 0, or in quotes where it is a text',
    );
  }
}

function shown(key: string): string {
  return key.length > 60 ? `${key.slice(0, 60)}…` : key;
}
