// npx tsx scripts/outages.ts: writes docs/outages.md from what the last run of each rollout test measured.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { lastRecords } from '../test/support/outage-record.ts';
import { renderOutages } from '../test/support/render-outages.ts';

const DOCUMENT = fileURLToPath(new URL('../docs/outages.md', import.meta.url));

const records = await lastRecords();
if (records.length === 0) {
  process.stderr.write('Nothing was measured yet: npm test -- rollout-\n');
  process.exitCode = 1;
} else {
  await writeFile(DOCUMENT, renderOutages(records));
  process.stdout.write(`${records.length} scenarios in ${DOCUMENT}\n`);
}
