import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { budgetOf, checkUrl, checkWritable, healSecondsOf, scenariosOf } from '../../../src/commands/drill-options.ts';
import { UsageError } from '../../../src/errors.ts';
import { scratchDirectory } from '../../support/scratch.ts';

it('plays all but the reboot unless told otherwise, always in the same order', () => {
  expect(scenariosOf()).toEqual(['service', 'keepalived', 'crash', 'isolate', 'flap']);
  expect(scenariosOf('crash, service')).toEqual(['service', 'crash']);
  expect(scenariosOf('all,reboot')).toEqual([...scenariosOf(), 'reboot']);
  expect(() => scenariosOf('crash,fire')).toThrow("Unknown scenario 'fire'");
});

it('reads times with their unit, and nothing else', () => {
  expect(budgetOf()).toBe(5000);
  expect(budgetOf('800ms')).toBe(800);
  expect(budgetOf('1.5s')).toBe(1500);
  expect(budgetOf('1m')).toBe(60_000);
  for (const text of ['5', 's', '0s', '-1s', '5 s', '5h', '']) expect(() => budgetOf(text)).toThrow(UsageError);
});

it('takes a path for every VIP, and a whole URL for one cluster alone', () => {
  expect(() => checkUrl('/health', 7)).not.toThrow();
  expect(() => checkUrl('https://www.example.com/x', 1)).not.toThrow();
  expect(() => checkUrl('https://www.example.com/x', 2)).toThrow('2 clusters');
  for (const url of ['health', 'ftp://x/', 'tcp://10.0.0.1']) expect(() => checkUrl(url, 1)).toThrow(UsageError);
});

it('finds out before the drill that a report could not be written', async () => {
  const dir = scratchDirectory('report');
  await expect(checkWritable('--report', join(dir, 'new.html'))).resolves.toBeUndefined();
  await expect(checkWritable('--report', join(dir, 'none/new.html'))).rejects.toThrow('nothing can be written to');
  await expect(checkWritable('--junit', dir)).rejects.toThrow('this is a directory');
  const file = join(dir, 'old.html');
  await writeFile(file, '');
  await chmod(file, 0o444);
  // Root may write all.
  if (process.getuid?.() !== 0) await expect(checkWritable('--report', file)).rejects.toThrow('cannot be written');
});

it('lets a host heal after 30 s, or after what a test says', () => {
  expect(healSecondsOf({})).toBe(30);
  expect(healSecondsOf({ HAPROV_DRILL_HEAL_SECONDS: '5' })).toBe(5);
  expect(healSecondsOf({ HAPROV_DRILL_HEAL_SECONDS: '0' })).toBe(30);
});
