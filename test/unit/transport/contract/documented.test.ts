import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GROUPS } from './cases.ts';

const DOCUMENT = readFileSync(new URL('../../../../docs/transports.md', import.meta.url), 'utf8');

it('every case of the contract stands in docs/transports.md, with an outcome that is no failure', () => {
  const rows = new Map(
    DOCUMENT.split('\n').flatMap((line) => {
      const [, name, ...cells] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      return name === undefined || cells.length < 4 ? [] : [[name, cells.slice(0, 4)] as const];
    }),
  );
  for (const { name } of GROUPS.flatMap(({ cases }) => cases)) {
    expect([name, rows.get(name.replaceAll('|', '\\|'))]).toEqual([
      name,
      [1, 2, 3, 4].map(() => expect.stringMatching(/^(✓|– \(\d+\))$/)),
    ]);
  }
});

it('no case has the name of another in its group, and none is left out everywhere', () => {
  for (const { cases } of GROUPS) expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  expect(DOCUMENT).not.toMatch(/\| – \(\d+\) \| – \(\d+\) \| – \(\d+\) \| – \(\d+\) \|/);
});
