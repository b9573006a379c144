import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new directory for this process alone, which is gone when the process ends. */
export function scratchDirectory(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `haprov-${name}-`));
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}
