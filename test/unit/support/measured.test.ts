import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lastMeasured, renderMeasured } from '../../support/measured.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const record = (what: string, figure: string) => ({ what, figure, date: '2026-12-01T04:00:00.000Z', load: 2.5 });

it('keeps the last figure of each kind, and puts it into a table', async () => {
  const file = join(scratchDirectory('measured'), 'measured.jsonl');
  const lines = [record('kills', '12'), record('switchovers', '0.6 s'), record('kills', '50')];
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const last = await lastMeasured(file);
  expect(last.map(({ what, figure }) => [what, figure])).toEqual([
    ['kills', '50'],
    ['switchovers', '0.6 s'],
  ]);
  const page = renderMeasured(last, new Map([['status.test.ts', 61.4]]));
  expect(page).toContain('| kills | 50 | 2026-12-01 | 2.5 |');
  expect(page).toContain('| status.test.ts | 61 |');
});

it('has nothing where nothing was measured', async () => {
  expect(await lastMeasured('/nonexistent')).toEqual([]);
});
