import { readFile, stat } from 'node:fs/promises';
import { closest, distance } from 'fastest-levenshtein';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { UsageError } from '../errors.ts';
import type { Problem } from '../inventory/model.ts';
import { MODULES } from './modules.ts';
import type { Playbook, PlaybookTask } from './playbook.ts';

const TASK_KEYS = ['name', 'when', 'loop', 'notify', 'tags'];

/** A playbook that cannot be used: all its problems, one a line, each `FILE:LINE:COLUMN message`. */
export class PlaybookError extends UsageError {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }

  /** The same as lint has them. */
  get problems(): readonly Problem[] {
    return this.lines.map((line) => {
      const [, file = '', row = '1', column = '1', message = line] = /^(.*?):(\d+):(\d+) (.*)$/s.exec(line) ?? [];
      return { file, line: Number(row), column: Number(column), severity: 'error', rule: 'playbook', message };
    });
  }
}

/** Reads a playbook. Throws PlaybookError with all its problems. */
export async function readPlaybook(file: string): Promise<Playbook> {
  let text: string;
  try {
    if (!(await stat(file)).isFile()) throw Object.assign(new Error(), { code: 'not a regular file' });
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new PlaybookError([`${file}:1:1 the playbook cannot be read (${reason}); check the path in \`playbook:\``]);
  }
  return parsePlaybook(text, file);
}

/** Pure part of `readPlaybook`. */
export function parsePlaybook(text: string, file: string): Playbook {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const problems: string[] = document.errors.map((error) => `${at(error.pos[0])} ${error.message.split('\n')[0]}`);
  function at(offset: number): string {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  }
  const complain = (node: unknown, message: string): void => {
    const offset = isNode(node) ? node.range[0] : 0;
    problems.push(`${at(offset)} ${message}`);
  };
  const root = document.contents;
  if (!isMap(root)) {
    if (problems.length === 0) problems.push(`${file}:1:1 a playbook is a map with name, tasks and handlers`);
    throw new PlaybookError(problems);
  }
  for (const { key } of root.items) {
    const word = isScalar(key) ? String(key.value) : '';
    if (!['name', 'tasks', 'handlers'].includes(word))
      complain(key, `unknown key '${word}'; a playbook has name, tasks, handlers`);
  }
  const list = (key: 'tasks' | 'handlers'): PlaybookTask[] => {
    const node = root.get(key, true);
    if (node === undefined) return [];
    if (!isSeq(node)) {
      complain(node, `${key} must be a list`);
      return [];
    }
    return node.items.flatMap((item) => parseTask(item, document, complain, at) ?? []);
  };
  const tasks = list('tasks');
  const handlers = list('handlers');
  const names = new Set(handlers.map((handler) => handler.name));
  for (const task of [...tasks, ...handlers]) {
    for (const name of task.notify)
      if (!names.has(name)) problems.push(`${task.where} notifies '${name}', and there is no such handler`);
  }
  if (tasks.length === 0 && problems.length === 0) problems.push(`${file}:1:1 the playbook has no tasks`);
  if (problems.length > 0) throw new PlaybookError(problems);
  const name = root.get('name');
  return { name: typeof name === 'string' ? name : file, file, tasks, handlers };
}

/** With aliases resolved; what many of them would blow up to is refused. */
function plainData(node: unknown, document: Document, complain: Complain): unknown {
  if (!isMap(node) && !isSeq(node) && !isScalar(node) && !isAlias(node)) return undefined;
  try {
    return node.toJS(document);
  } catch (error) {
    complain(node, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

type Complain = (node: unknown, message: string) => void;

function parseTask(
  node: unknown,
  document: Document,
  complain: Complain,
  at: (offset: number) => string,
): PlaybookTask | undefined {
  if (!isMap(node)) {
    complain(node, 'a task is a map: name, one module, and when, loop, notify, tags');
    return undefined;
  }
  const keys = node.items.map(({ key }) => key).filter(isScalar);
  const modules = keys.filter((key) => MODULES.has(String(key.value)));
  for (const key of keys) {
    const word = String(key.value);
    if (!TASK_KEYS.includes(word) && !MODULES.has(word))
      complain(key, `unknown module or key '${word}'${nearest(word)}`);
  }
  const [first] = modules;
  if (first === undefined || modules.length > 1) {
    complain(node, modules.length > 1 ? 'a task has one module only' : 'this task has no module');
    return undefined;
  }
  const module = MODULES.get(String(first.value));
  const name = node.get('name');
  if (typeof name !== 'string' || name === '') complain(node, 'a task needs a name');
  const when = node.get('when');
  if (when !== undefined && typeof when !== 'string' && typeof when !== 'boolean')
    complain(node.get('when', true), 'when must be an expression');
  const loop = node.get('loop');
  if (loop !== undefined && typeof loop !== 'string')
    complain(node.get('loop', true), 'loop must be an expression that gives a list');
  if (module === undefined || typeof name !== 'string') return undefined;
  const args = node.get(String(first.value), true);
  return {
    name,
    module,
    args: plainData(args, document, complain),
    ...(when === undefined ? {} : { when: String(when) }),
    ...(typeof loop === 'string' ? { loop } : {}),
    notify: words(node, 'notify', complain),
    tags: words(node, 'tags', complain),
    where: at(first.range?.[0] ?? 0),
  };
}

function words(node: { get(key: string, keep: true): unknown }, key: string, complain: Complain): readonly string[] {
  const value = node.get(key, true);
  if (value === undefined) return [];
  if (isScalar(value) && typeof value.value === 'string') return [value.value];
  if (isSeq(value)) {
    const items = value.items.map((item) => (isScalar(item) ? item.value : undefined));
    if (items.every((item) => typeof item === 'string')) return items;
  }
  complain(value, `${key} must be a name or a list of names`);
  return [];
}

function nearest(word: string): string {
  const known = [...MODULES.keys(), ...TASK_KEYS];
  const best = closest(word, known);
  return distance(word, best) <= 3 ? `; did you mean '${best}'?` : `; modules are ${[...MODULES.keys()].join(', ')}`;
}

function isNode(node: unknown): node is ParsedNode {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
