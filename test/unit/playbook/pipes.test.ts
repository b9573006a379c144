import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { localSources } from '../../../src/inventory/secret-sources.ts';
import { createLocalFiles } from '../../../src/playbook/local-files.ts';
import { readPlaybook } from '../../../src/playbook/read.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'haprov-pipes-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const PLANTED: Readonly<Record<string, (path: string) => unknown>> = {
  'a pipe': (path) => spawnSync('mkfifo', [path]),
  'a device without end': (path) => symlinkSync('/dev/zero', path),
};

it.each(Object.entries(PLANTED))('%s as a secret or a playbook is refused, not waited for', async (_what, plant) => {
  const path = join(directory, 'x');
  plant(path);
  await expect(localSources().readFile(path)).rejects.toThrow('not a regular file');
  await expect(readPlaybook(path)).rejects.toThrow('not a regular file');
  await expect(createLocalFiles('/p.yaml')(path)).rejects.toThrow('not a regular file');
});

it('refuses a src of more than 16 MiB', async () => {
  const path = join(directory, 'large');
  writeFileSync(path, '');
  truncateSync(path, 600 * 1024 * 1024);
  await expect(createLocalFiles('/p.yaml')(path)).rejects.toThrow('larger than 16 MiB');
});
