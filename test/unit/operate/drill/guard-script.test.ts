import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  armScript,
  GUARD_DIRECTORY,
  prolongScript,
  rightScript,
  strikeScript,
} from '../../../../src/operate/drill/guard-script.ts';

const run = promisify(execFile);
const HOUR = 3600;
const UNDO = 'echo undone >>DIR/undone';

/** Starts the watcher as systemd would, without systemd. */
const SYSTEMD_RUN = `#!/bin/sh
while [ "$1" != /bin/sh ]; do shift; done
"$@" >/dev/null 2>&1 </dev/null &
`;

describe.each(['dash', 'bash'])('the guard of a drill under %s', (shell) => {
  let dir: string;

  const play = async (script: string): Promise<{ code: number; stdout: string; stderr: string }> => {
    const here = script.replaceAll(GUARD_DIRECTORY, join(dir, 'guard')).replaceAll('DIR', dir);
    const env = { ...process.env, PATH: `${join(dir, 'bin')}:${process.env['PATH']}` };
    return run(shell, ['-c', here], { env }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  };
  const told = (name: string): Promise<string> => readFile(join(dir, name), 'utf8').catch(() => '');
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 400 && !(await isSo()); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
  };

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'haprov-drill-'));
    await run('mkdir', [join(dir, 'bin')]);
    await writeFile(join(dir, 'bin/systemd-run'), SYSTEMD_RUN);
    await chmod(join(dir, 'bin/systemd-run'), 0o755);
  });
  afterEach(async () => {
    // A watcher whose token is gone ends.
    await rm(dir, { recursive: true, force: true });
  });

  it('makes a fault only while it is armed, and undoes it when told to', async () => {
    expect(await play(armScript('t1', 'u', HOUR, UNDO))).toMatchObject({ code: 0, stdout: 'armed\n' });
    const struck = await play(strikeScript('t1', HOUR, 'echo ready >>DIR/made', 'echo made >>DIR/made'));
    expect(struck.stdout).toMatch(/^at \d{19}\nat \d{19}\n$/);
    expect(await told('made')).toBe('ready\nmade\n');
    expect((await play(prolongScript('t1', HOUR))).stdout).toBe('prolonged\n');
    expect(await told('undone')).toBe('');
    expect((await play(rightScript('t1'))).stdout).toMatch(/^at \d{19}\nat \d{19}\nright\n$/);
    expect((await play(rightScript('t1'))).stdout).toBe('gone\n');
    expect(await told('undone')).toBe('undone\n');
    expect((await play(strikeScript('t1', HOUR, ':', 'echo again >>DIR/made'))).stdout).toBe('gone\n');
    expect(await told('made')).toBe('ready\nmade\n');
  });

  it('undoes by itself once nothing was heard in time, and tells whoever comes too late', async () => {
    await play(armScript('t2', 'u', 0, UNDO));
    await until(async () => (await told('guard/healed')) !== '');
    expect(await told('undone')).toBe('undone\n');
    expect((await play(prolongScript('t2', HOUR))).stdout).toBe('gone\n');
    expect((await play(strikeScript('t2', HOUR, ':', 'echo made >>DIR/made'))).stdout).toBe('gone\n');
    expect((await play(rightScript('t2'))).stdout).toBe('healed\n');
    expect(await told('made')).toBe('');
    expect(await told('undone')).toBe('undone\n');
  });

  it('stays armed where the undo fails, and says so', async () => {
    await play(armScript('t3', 'u', HOUR, '[ -e DIR/mended ] && echo undone >>DIR/undone'));
    expect((await play(rightScript('t3'))).code).toBe(1);
    await writeFile(join(dir, 'mended'), '');
    expect((await play(rightScript('t3'))).stdout).toContain('right');
  });

  it('takes the step of a fault that fails for a failure', async () => {
    await play(armScript('t4', 'u', HOUR, UNDO));
    expect(await play(strikeScript('t4', HOUR, ':', "fail 'no nft'"))).toMatchObject({ code: 1, stderr: 'no nft\n' });
    await play(rightScript('t4'));
  });

  it('puts right what a dead drill left before it arms anew', async () => {
    await play(armScript('t5', 'u', HOUR, UNDO));
    expect((await play(armScript('t6', 'u', HOUR, 'echo second >>DIR/undone'))).stdout).toContain('armed');
    expect(await told('undone')).toBe('undone\n');
    expect((await play(strikeScript('t5', HOUR, ':', 'echo made >>DIR/made'))).stdout).toBe('gone\n');
    await play(rightScript('t6'));
    expect(await told('undone')).toBe('undone\nsecond\n');
  });
});
