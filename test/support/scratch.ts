import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the directories of one run of the tests lie. */
const PLACE = 'HAPROV_TEST_SCRATCH';

/** Before all tests of a run: makes the place of its directories. After them it is gone. */
export default function setup(): () => Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'haprov-test-'));
  process.env[PLACE] = place;
  return () => rm(place, { recursive: true, force: true });
}

/** A new directory that stays until all tests are over. */
export function scratchDirectory(name: string): string {
  return mkdtempSync(join(process.env[PLACE] ?? tmpdir(), `${name}-`));
}
