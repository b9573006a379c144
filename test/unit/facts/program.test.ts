import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programSubject } from '../../../src/facts/system/program.ts';

const ask = (shell: string, names: readonly string[]) =>
  programSubject.parse(
    execFileSync(`/bin/${shell}`, ['-c', programSubject.script(names)], { encoding: 'utf8' }),
    names,
  );

describe.each(['dash', 'bash'])('programs, asked by %s,', (shell) => {
  it('are found by their command and by their processes, those with long names too', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'haprov-program-'));
    const name = 'haprov-a-long-name-of-a-program';
    copyFileSync('/bin/sleep', join(directory, name));
    const child = spawn(join(directory, name), ['30'], { stdio: 'ignore' });
    try {
      await new Promise((resolve) => child.once('spawn', resolve));
      expect(ask(shell, ['sh', name, 'no-such-program'])).toMatchObject([
        { installed: true },
        { installed: false, runs: true },
        { installed: false, runs: false },
      ]);
    } finally {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('are an error where the host did not answer for one', () => {
    expect(() => programSubject.parse('sh yes no\n', ['sh', 'curl'])).toThrow('no word of curl');
  });
});
