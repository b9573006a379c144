import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/commands/program.ts';
import { RULES } from '../../../src/inventory/rules/registry.ts';
import { CHECK_TEXTS } from '../../../src/operate/doctor/check-texts.ts';
import { ruleIds } from './rules.ts';

const doc = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');
const cell = (value: string): string => value.replaceAll('|', '\\|');

async function explained(...words: string[]): Promise<string> {
  const streams = { input: new PassThrough(), out: new PassThrough(), err: new PassThrough() };
  const out = text(streams.out);
  await runCli(['explain', ...words], { ...streams, env: {}, signal: new AbortController().signal });
  streams.out.end();
  return out;
}

describe('haprov explain', () => {
  it('knows every rule of lint, as docs/inventory.md has it', () => {
    expect(Object.keys(RULES).sort()).toEqual(ruleIds());
    const table = doc('inventory.md');
    for (const { finds, write } of Object.values(RULES)) expect(table).toContain(`| ${cell(finds)} | ${cell(write)} |`);
  });

  it('knows every check of the doctor, as docs/doctor.md has it', () => {
    const table = doc('doctor.md');
    for (const [id, { name, finds }] of Object.entries(CHECK_TEXTS))
      expect(table).toContain(`| ${id} | ${name} | ${finds} |`);
    expect(table.match(/^\| HD\d{3} \|/gm)).toHaveLength(Object.keys(CHECK_TEXTS).length);
  });

  it('says of a key what it means, its default, an example, and what tutorials get wrong', async () => {
    const said = await explained('nopreempt');
    expect(said).toContain('nopreempt: key of an instance');
    expect(said).toMatch(/^ {2}Meaning +true: a host that comes back leaves the VIP where it is/m);
    expect(said).toMatch(/^ {2}Default +false$/m);
    expect(said).toMatch(/^ {2}Example +nopreempt: true$/m);
    expect(said).toMatch(/^ {2}Beware +Tutorials add nopreempt with a negative weight/m);
  });

  it.each([
    ['hd022', 'HD022: the doctor\'s check "firewall"'],
    ['nopreempt-weight', 'nopreempt-weight: rule of lint'],
    ['service', 'service: key of the inventory'],
    ['log_level', "keepalived has no keyword 'log_level'"],
    ['virtual_server', 'haprov does not model LVS'],
    ['prioritty', "did you mean 'priority'?"],
  ])('answers %s', async (word, answer) => {
    expect((await explained(word)).replaceAll(/\s+/g, ' ')).toContain(answer);
  });

  it('is the same as JSON', async () => {
    expect(JSON.parse(await explained('HD022', '--json'))).toMatchObject({
      format: 1,
      word: 'HD022',
      explanations: [{}],
    });
  });
});
