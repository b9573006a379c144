import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInventory } from '../../../src/inventory/read.ts';
import { GOOD, lines, read, rules } from './support.ts';

describe('text that is no inventory', () => {
  it.each([
    ['empty', '', '1:1 error: the inventory is empty', 'yaml-empty'],
    ['comments alone', '# nothing\n---\n', '1:1 error: the inventory is empty', 'yaml-empty'],
    ['not YAML', 'clusters: [\n', '2:1 error: not YAML', 'yaml-syntax'],
    ['an open quote', 'clusters: "web\n', '2:1 error: not YAML', 'yaml-syntax'],
    ['a tab', 'clusters:\n\tweb: 1\n', '2:1 error: not YAML: a tab indents this line', 'yaml-syntax'],
    [
      'two documents',
      'clusters: {}\n---\nclusters: {}\n',
      '2:1 error: a second YAML document begins here',
      'yaml-documents',
    ],
    ['a list', '- web\n', '1:1 error: the inventory must be a map', 'type'],
    ['a word', 'web\n', '1:1 error: the inventory must be a map', 'type'],
    ['a NUL', 'clusters: \0\n', '1:11 error: the control character U+0000', 'control-character'],
    ['an escape sequence', 'clusters: \u001b[31m\n', '1:11 error: the control character U+001B', 'control-character'],
    ['an alias without an anchor', 'clusters: *web\n', '1:11 error: this alias has no anchor', 'yaml-alias'],
    ['an alias of itself', 'clusters: &web [*web]\n', 'error: this alias contains itself', 'yaml-alias'],
    ['a merge of a number', '<<: 3\nclusters: {}\n', "1:1 error: the value of '<<' must be a map", 'yaml-merge'],
    ['an unknown tag', 'clusters: !ruby/object {}\n', '1:11 error: not YAML: Unresolved tag', 'yaml-syntax'],
  ])('%s is one clear error', (_name, text, message, rule) => {
    const [line] = lines(text);
    expect(line).toContain(message);
    expect(rules(read(text).problems)[0]).toBe(rule);
    expect(read(text).inventory).toBeUndefined();
  });

  it('a key that stands twice is reported with the other problems', () => {
    const text = GOOD.replace(
      '        interface: eth0\n',
      '        interface: eth0\n        interface: eth1\n        virtual_routerid: 5\n',
    );
    expect(lines(text).map((line) => line.replace(/ error.*\[/, ' ['))).toEqual([
      'inventory.yaml:11:9 [duplicate-key]',
      'inventory.yaml:12:9 [unknown-key]',
    ]);
  });

  it('nesting of 10,000 levels, open or closed, in any style, is an error and no crash', () => {
    const deep = [
      '['.repeat(10_000),
      '['.repeat(10_000) + ']'.repeat(10_000),
      '{a: '.repeat(10_000),
      '- '.repeat(10_000),
      Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    ];
    expect(deep.map((text) => rules(read(text).problems))).toEqual(deep.map(() => ['yaml-depth']));
  });

  it('a bomb of aliases is refused before it is written out', () => {
    const names = [...'abcdefghij'];
    const bomb = names
      .map(
        (name, index) =>
          `${name}: &${name} [${Array(9)
            .fill(index === 0 ? 'lol' : `*${names[index - 1]}`)
            .join(', ')}]`,
      )
      .join('\n');
    expect(rules(read(bomb).problems)).toEqual(['yaml-alias']);
  });

  it('many aliases of a large value are refused too', () => {
    const wide = `a: &a [${'x, '.repeat(2000)}]\nb: [${'*a, '.repeat(2000)}]`;
    expect(rules(read(wide).problems)).toEqual(['yaml-alias']);
  });

  it('anchors that many clusters share are fine', () => {
    const text = `${GOOD.replace('{ lb1: 100, lb2: 90 }', '&pair { lb1: 100, lb2: 90 }')}${Array.from(
      { length: 200 },
      (_, index) => {
        const net = `10.${Math.floor(index / 250)}.${index % 250}`;
        return `  c${index}:\n    service: nginx\n    hosts: { lb1: ${net}.1, lb2: ${net}.2 }\n    vrrp_instances:\n      V: { virtual_router_id: 7, interface: eth0, priority: *pair, virtual_ipaddress: [${net}.9/24] }\n`;
      },
    ).join('')}`;
    const { inventory, problems } = read(text);
    expect(problems).toEqual([]);
    expect(inventory?.clusters.length).toBe(201);
  });

  it('a million lines are refused with the limit named', () => {
    expect(lines('a: 1\n'.repeat(1_000_000))).toEqual([expect.stringContaining('more than 100000 lines')]);
    expect(lines('# a comment\n'.repeat(1_000_000)).length).toBe(1);
  });

  it('a million values in one line are refused', () => {
    expect(rules(read(`[${'a,'.repeat(1_000_000)}]`).problems)).toEqual(['yaml-size']);
  });

  it('text that a terminal would act on is not repeated', () => {
    expect(lines('clusters: {}\n"\\e[2Jx": 1\n').join('')).not.toMatch(/\p{Cc}/u);
    expect(rules(read('clusters: {}\n"\\u202eabc": 1\n').problems)).toContain('control-character');
  });

  it('what stands where a secret ought to stand is not repeated', () => {
    const texts = [
      'become: hunter2',
      'become: { password: { en: hunter2 } }',
      'ssh: { password: [hunter2] }',
      'ssh: { password: { env: "hunter2!" } }',
      'ssh: { password: hunter2 hunter2: x }',
      'ssh: { password: 0123456 }',
    ];
    for (const text of texts) expect(lines(`${text}\n${GOOD}`).join('\n')).not.toMatch(/hunter2|0?123456/);
  });
});

describe('files that are no text', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'haprov-inventory-'));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  it.each([
    ['UTF-16', Buffer.from(`\ufeff${GOOD}`, 'utf16le'), 'the file is UTF-16; save it as UTF-8'],
    ['UTF-16 without a mark', Buffer.from(GOOD, 'utf16le'), 'the file is UTF-16'],
    [
      'Latin-1',
      Buffer.concat([Buffer.from('# ok\n# caf'), Buffer.from([0xe9]), Buffer.from('\n')]),
      ':2:6 error: this is not valid UTF-8',
    ],
    ['a binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), 'the control character U+007F'],
    ['five MiB', Buffer.alloc(5 * 1024 * 1024, 0x23), 'larger than 4 MiB'],
  ])('%s gets a clear error', async (name, bytes, message) => {
    const file = join(directory, `${name}.yaml`);
    await writeFile(file, bytes);
    const { inventory, problems } = await readInventory(file);
    expect(inventory).toBeUndefined();
    expect(`:${problems[0]?.line}:${problems[0]?.column} error: ${problems[0]?.message}`).toContain(message);
  });

  it('a byte order mark and Windows line ends are read over, and positions stay right', async () => {
    const file = join(directory, 'bom.yaml');
    await writeFile(file, `\ufeff${GOOD.replaceAll('\n', '\r\n')}`);
    expect((await readInventory(file)).problems).toEqual([]);
    await writeFile(file, `\ufeffclusterz: {}\r\nforks: 0\r\n`);
    const { problems } = await readInventory(file);
    expect(problems.map(({ line, column, rule }) => `${line}:${column} ${rule}`)).toEqual([
      '1:1 missing-key',
      '1:1 unknown-key',
      '2:8 range',
    ]);
  });

  it('a missing file and a directory are problems too, at 1:1', async () => {
    expect((await readInventory(join(directory, 'nope.yaml'))).problems).toMatchObject([
      { line: 1, column: 1, rule: 'unreadable' },
    ]);
    expect((await readInventory(directory)).problems).toMatchObject([{ message: 'this is a directory, not a file' }]);
  });
});
