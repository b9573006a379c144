// npx tsx scripts/full-tests.ts: writes docs/full-tests.md from what the last run of the tests measured.
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastMeasured, renderMeasured } from '../test/support/measured.ts';

interface Report {
  readonly testResults: readonly { readonly name: string; readonly startTime: number; readonly endTime: number }[];
}

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const seconds = new Map<string, number>();
for (const project of ['lab', 'lab-alone']) {
  const { testResults }: Report = JSON.parse(await readFile(path(`.lab/test-${project}.json`), 'utf8'));
  for (const { name, startTime, endTime } of testResults) seconds.set(basename(name), (endTime - startTime) / 1000);
}
await writeFile(path('docs/full-tests.md'), renderMeasured(await lastMeasured(), seconds));
