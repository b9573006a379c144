import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followScript, HEARTBEAT } from '../../../../src/operate/logs/script.ts';
import { SHELLS, Workshop } from '../../tasks/support.ts';

const pidOf = (workshop: Workshop): number => {
  const file = workshop.path('pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
};

describe.each(SHELLS)('a journal that is followed in %s', (...shell) => {
  let workshop: Workshop;
  beforeEach(() => {
    workshop = new Workshop();
  });
  afterEach(() => workshop.remove());

  const start = () => {
    const [program = 'sh', ...options] = shell;
    const env = { PATH: `${workshop.bin}:/usr/bin:/bin`, LC_ALL: 'C' };
    return spawn(`/bin/${program}`, [...options, '-c', `( ${followScript('nginx', { since: 0 })}\n)`], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };

  const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

  const alive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  it('ends with its journalctl as soon as nobody reads any more', async () => {
    workshop.stub('journalctl', `echo $$ >${workshop.path('pid')}; exec sleep 600`);
    const child = start();
    const [first] = await once(child.stdout, 'data');
    expect(String(first)).toContain(HEARTBEAT);
    let pid = 0;
    // A file is there before its text is.
    for (; pid === 0; pid = pidOf(workshop)) await pause();
    child.stdout.destroy();
    child.stderr.destroy();
    await once(child, 'exit');
    expect(alive(pid)).toBe(false);
  });

  it('ends with the status of a journalctl that fails', async () => {
    workshop.stub('journalctl', 'echo "no journal" >&2; exit 3');
    const child = start();
    child.stdout.resume();
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(3);
    expect(said).toBe('no journal\n');
  });
});
