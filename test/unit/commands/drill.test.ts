import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { EXIT } from '../../../src/commands/io.ts';
import { runCli } from '../../../src/commands/program.ts';

const MINIMAL = fileURLToPath(new URL('../../../inventory/minimal.yaml', import.meta.url));

/** All of these end before anything is connected to. */
async function drill(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const out = new PassThrough();
  const err = new PassThrough();
  const signal = new AbortController().signal;
  const code = await runCli(['drill', MINIMAL, ...words], { input: Readable.from([]), out, err, env: {}, signal });
  return { code, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}

it.each([
  [['--scenario', 'fire'], "Unknown scenario 'fire'"],
  [['--max-outage', '5'], 'write a time such as 5s'],
  [['--report', '/nowhere/at/all.html'], 'nothing can be written to'],
  [['--json'], '--json cannot ask'],
])('refuses %s before it connects to anything, with exit code 3 and no word on stdout', async (words, reason) => {
  const { code, out, err } = await drill(...words);
  expect(code).toBe(EXIT.usage);
  expect(out).toBe('');
  expect(err).toContain(reason);
});
