import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXIT } from '../../../src/commands/io.ts';
import { runCli } from '../../../src/commands/program.ts';
import { formatProblem, parseInventory } from '../../../src/inventory/read.ts';
import { MODULES } from '../../../src/playbook/modules.ts';
import { parsePlaybook } from '../../../src/playbook/read.ts';
import { HOST_PATHS } from '../../../src/vrrp/paths.ts';
import { anchors, codeBlocks, DOCUMENTS, firstCells, links, ROOT, read } from './markdown.ts';
import { ruleIds } from './rules.ts';

async function helpOf(...words: string[]): Promise<string> {
  const out = new PassThrough();
  let text = '';
  out.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const code = await runCli([...words, '--help'], {
    input: Readable.from([]),
    out,
    err: out,
    env: {},
    signal: new AbortController().signal,
  });
  expect(code).toBe(0);
  return text;
}

/** All commands, as haprov itself lists them. */
const COMMANDS = [...(await helpOf()).matchAll(/^ {2}([a-z]+) \[/gm)]
  .map(([, name = '']) => name)
  .filter((name) => name !== 'help');

describe('commands in the documents', () => {
  const help = new Map<string, string>();
  beforeAll(async () => {
    help.set('', await helpOf());
    for (const command of COMMANDS) help.set(command, await helpOf(command));
  });

  /** Command lines of haprov in code, without comments. */
  const lines = DOCUMENTS.filter((file) => file !== 'CHANGELOG.md').flatMap((file) => {
    const text = read(file);
    const blocks = ['sh', ''].flatMap((language) => codeBlocks(text, language)).flatMap((block) => block.split('\n'));
    const inline = [...text.replace(/^```.*?^```$/gms, '').matchAll(/`(haprov [^`]+)`/g)].map(([, code = '']) => code);
    const commands = [...blocks, ...inline].flatMap((line) => /^(?:\$ )?(haprov .+?)(?: +#.*)?$/.exec(line)?.[1] ?? []);
    return commands.map((line) => ({ file, line }));
  });

  it('are many', () => {
    expect(lines.length).toBeGreaterThan(15);
    expect(COMMANDS).toEqual(expect.arrayContaining(['apply', 'plan', 'status', 'rollback', 'remove', 'lint']));
  });

  it.each(lines)('exist: $line ($file)', ({ line }) => {
    const [, command = '', ...words] = line.split(/\s+/);
    const known = help.get(command);
    expect(known, `haprov ${command} is a command`).toBeDefined();
    for (const word of words.filter((one) => /^--[a-z]/.test(one))) expect(known).toMatch(new RegExp(`${word}\\b`));
  });

  it('and options that stand alone exist', () => {
    const all = [...help.values()].join('\n');
    const options = [...read('README.md').matchAll(/`(--[a-z-]+)`/g)].map(([, option = '']) => option);
    expect(options.length).toBeGreaterThan(3);
    for (const option of options) expect(all).toMatch(new RegExp(`${option}\\b`));
  });

  it('leave no command and no option of plan and apply out of the README', () => {
    const readme = read('README.md');
    for (const command of COMMANDS) expect(readme).toContain(`haprov ${command}`);
    const options = [...(help.get('apply') ?? '').matchAll(/^ {2}(?:-., )?(--[a-z-]+)/gm)].map(([, name = '']) => name);
    for (const option of options.filter((name) => name !== '--help')) expect(readme).toContain(option);
  });
});

describe('the documents', () => {
  const all = DOCUMENTS.flatMap((file) => links(read(file)).map((target) => ({ file, target })));

  it.each(all.filter(({ target }) => !/^[a-z]+:/.test(target)))('link to what is there: $target ($file)', (link) => {
    const [path = '', anchor] = link.target.split('#');
    const target = path === '' ? link.file : join(dirname(link.file), path);
    expect(existsSync(join(ROOT, target))).toBe(true);
    if (anchor !== undefined) expect(anchors(read(target))).toContain(anchor);
  });

  it.each(DOCUMENTS)('name no directory of one machine: %s', (file) => {
    expect(read(file)).not.toMatch(/\/work\/|\/tmp\/(?!keepalived)/);
  });

  const examples = DOCUMENTS.flatMap((file) => codeBlocks(read(file), 'yaml').map((text) => ({ file, text })));

  it.each(examples)('have YAML that haprov takes ($file)', ({ file, text }) => {
    const data: unknown = parse(text);
    if (typeof data === 'object' && data !== null && 'tasks' in data) {
      expect(parsePlaybook(text, file).tasks.length).toBeGreaterThan(0);
      return;
    }
    const { problems } = parseInventory(text, { file, directory: '/srv', homeDirectory: '/home/ada', user: 'ada' });
    expect(problems.map(formatProblem)).toEqual([]);
  });

  it('have JSON that is JSON', () => {
    const [lint, plan, apply] = codeBlocks(read('docs/json.md'), 'json');
    expect(Object.keys(JSON.parse(lint ?? ''))).toEqual(['problems']);
    expect(Object.keys(JSON.parse(plan ?? ''))).toEqual([
      'format',
      'changes',
      'hosts',
      'waves',
      'together',
      'blocked',
      'vip_moves',
    ]);
    const events = (apply ?? '')
      .trim()
      .split('\n')
      .map((line): { event: string } => JSON.parse(line));
    const described = firstCells(read('docs/json.md').split('## `apply --json`')[1] ?? '').map(unquoted);
    expect(described).toEqual(expect.arrayContaining(events.map(({ event }) => event)));
    expect(events.at(-1)?.event).toBe('summary');
  });
});

describe('what the documents list', () => {
  it('has every module of playbooks, and no other', () => {
    const modules = (read('docs/playbooks.md').split('## Modules')[1] ?? '').matchAll(/^### `(.+)`$/gm);
    expect([...modules].map(([, name]) => name).sort()).toEqual([...MODULES.keys()].sort());
  });

  it('has every rule of lint, and no other', () => {
    const rules = firstCells(read('docs/inventory.md').split('## Rules')[1] ?? '');
    const named = rules.filter((cell) => cell.startsWith('`')).map(unquoted);
    expect(named.toSorted()).toEqual(ruleIds());
  });

  it('has the exit codes as they are', () => {
    const table = read('README.md').split('### Exit codes')[1]?.split('\n\n')[1] ?? '';
    const codes = firstCells(table).filter((cell) => /^\d+$/.test(cell));
    expect(codes.map(Number)).toEqual(Object.values(EXIT));
  });

  it('has every path that haprov writes on a host', () => {
    const changes = read('README.md').split('## What it changes on a host')[1]?.split('\n## ')[0] ?? '';
    for (const path of Object.values(HOST_PATHS)) expect(changes).toContain(path.slice(path.lastIndexOf('/') + 1));
  });

  it('has every dependency with its reason', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, object>;
    const text = read('CONTRIBUTING.md').split('## Dependencies')[1] ?? '';
    const runtime = firstCells(text).filter((cell) => cell.startsWith('`'));
    expect(runtime.map(unquoted).sort()).toEqual(Object.keys(dependencies ?? {}).sort());
    for (const name of Object.keys(devDependencies ?? {})) expect(text).toContain(`\`${name}\``);
  });
});

function unquoted(cell: string): string {
  return cell.replaceAll('`', '');
}
