import { spawnSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256, stagedPath } from '../../../src/changes/backup.ts';
import { STATE_DIRECTORY } from '../../../src/facts/state/state-directory.ts';
import { type Ended, Workshop } from '../tasks/support.ts';
import { stageScript, swapScript, type TargetFile } from './call-script.ts';
import { SHELLS } from './support.ts';

const OLD = 'old text\n';
const NEW = `new text, it's "quoted" $(id) \`id\` \\n ü\n${'x'.repeat(20_000)}\n`;

let shop: Workshop;
let dest: string;
beforeEach(() => {
  shop = new Workshop();
  dest = shop.awkwardPath();
});
afterEach(() => shop.remove());

function target(before: string | null, more: Partial<TargetFile> = {}): TargetFile {
  return {
    path: dest,
    sha256: sha256(NEW),
    mode: '0640',
    owner: 'root',
    group: 'root',
    before: before === null ? null : sha256(before),
    ...more,
  };
}

/** The script with haprov's state kept within the workshop. */
function local(script: string): string {
  return script.replaceAll(STATE_DIRECTORY, shop.path('state'));
}

const stage = (shell: readonly string[], file: TargetFile, stdin = NEW): Ended =>
  shop.run(shell, local(stageScript(file)), stdin);
const swap = (shell: readonly string[], file: TargetFile): Ended => shop.run(shell, local(swapScript(file)));
/** The same change with a check, where the old file has this mode. */
const checkScript = (file: TargetFile, check: string, mode = '0644'): string => {
  const before = file.before === null ? null : { sha256: file.before, mode, owner: 'root', group: 'root' };
  return swapScript(file, { check, before });
};
const FINE = { code: 0, stdout: '', stderr: '' };

function filesBeside(): string[] {
  return readdirSync(shop.path("etc it's")).sort();
}

const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describe.each(SHELLS)('replacing a file through %s', (...shell) => {
  it('leaves the old one alone until the swap, and is whole after it', () => {
    writeFileSync(dest, OLD);
    expect(stage(shell, target(OLD))).toEqual(FINE);
    expect(readFileSync(dest, 'utf8')).toBe(OLD);
    expect(mode(stagedPath(dest))).toBe('640');
    expect(swap(shell, target(OLD))).toEqual(FINE);
    expect(readFileSync(dest, 'utf8')).toBe(NEW);
    expect(mode(dest)).toBe('640');
    expect(filesBeside()).toEqual(['a file.conf']);
  });

  it('creates one that was not there, with its owner', () => {
    const file = target(null, { owner: 'nobody', group: 'daemon', mode: '0600' });
    expect([stage(shell, file), swap(shell, file)]).toEqual([FINE, FINE]);
    expect(readFileSync(dest, 'utf8')).toBe(NEW);
    expect(statSync(dest).uid).not.toBe(0);
    expect(mode(dest)).toBe('600');
  });

  it('keeps a copy of the old one where root alone can look', () => {
    writeFileSync(dest, OLD, { mode: 0o644 });
    stage(shell, target(OLD));
    swap(shell, target(OLD));
    expect([mode(shop.path('state')), mode(shop.path('state/backup'))]).toEqual(['700', '700']);
    const [kept = '', ...others] = readdirSync(shop.path('state/backup'));
    expect(others).toEqual([]);
    expect(kept).toBe(`${dest.replaceAll('/', '%')}.${sha256(OLD)}`);
    expect(readFileSync(shop.path(`state/backup/${kept}`), 'utf8')).toBe(OLD);
  });

  it('may be run again after each of its steps', () => {
    writeFileSync(dest, OLD);
    const file = target(OLD);
    const codes = [
      stage(shell, file),
      stage(shell, file),
      swap(shell, file),
      swap(shell, file),
      stage(shell, file),
      swap(shell, file),
    ];
    expect(codes.map(({ code, stderr }) => [code, stderr])).toEqual(Array(6).fill([0, '']));
    expect(readFileSync(dest, 'utf8')).toBe(NEW);
    expect(filesBeside()).toEqual(['a file.conf']);
  });

  it('puts mode and owner right when only the content was in place already', () => {
    writeFileSync(dest, NEW, { mode: 0o666 });
    expect(swap(shell, target(OLD))).toEqual(FINE);
    expect(mode(dest)).toBe('640');
  });

  it.each([
    ['cut short', NEW.slice(0, 100)],
    ['empty', ''],
    ['too long', `${NEW}more`],
  ])('refuses an upload that is %s, and leaves nothing of it', (_, upload) => {
    writeFileSync(dest, OLD);
    const { code, stderr } = stage(shell, target(OLD), upload);
    expect([code, stderr]).toEqual([1, expect.stringContaining('did not arrive whole')]);
    expect(filesBeside()).toEqual(['a file.conf']);
    expect(swap(shell, target(OLD)).code).toBe(1);
    expect(readFileSync(dest, 'utf8')).toBe(OLD);
  });

  it('refuses a file that is no longer what the plan saw', () => {
    writeFileSync(dest, OLD);
    stage(shell, target(OLD));
    writeFileSync(dest, 'edited by hand\n');
    expect(swap(shell, target(OLD))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has changed since the plan was made'),
    });
    expect(readFileSync(dest, 'utf8')).toBe('edited by hand\n');
  });

  it('refuses one that came since the plan was made, unless a package brought it as it is', () => {
    const sample = 'the sample of the package\n';
    stage(shell, target(null));
    writeFileSync(dest, sample);
    shop.stub('rpm', 'exit 1');
    shop.stub('dpkg-query', 'exit 1');
    expect(swap(shell, target(null))).toMatchObject({ code: 1, stderr: expect.stringContaining('has changed since') });
    expect(readFileSync(dest, 'utf8')).toBe(sample);
  });

  it('refuses one that has gone since the plan was made', () => {
    writeFileSync(dest, OLD);
    stage(shell, target(OLD));
    unlinkSync(dest);
    expect(swap(shell, target(OLD)).code).toBe(1);
    expect(filesBeside()).not.toContain('a file.conf');
  });

  it.each([
    ['a symbolic link', (path: string) => symlinkSync('/etc/passwd', path), 'is a symbolic link'],
    ['a link to nowhere', (path: string) => symlinkSync('/no/such/file', path), 'is a symbolic link'],
    ['a directory', (path: string) => mkdirSync(path), 'is not a regular file'],
    ['a pipe', (path: string) => spawnSync('mkfifo', [path]), 'is not a regular file'],
    [
      'a file with a second name',
      (path: string) => {
        writeFileSync(path, OLD);
        linkSync(path, `${path}.other`);
      },
      'has several hard links',
    ],
  ])('refuses %s, before anything is uploaded and before anything is swapped', (_, make, message) => {
    make(dest);
    const before = lstatSync(dest);
    for (const ended of [stage(shell, target(OLD)), swap(shell, target(OLD))]) {
      expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
    }
    expect(lstatSync(dest).ino).toBe(before.ino);
    expect(filesBeside().filter((name) => name.startsWith('.haprov'))).toEqual([]);
  });

  it('refuses a directory that is not there', () => {
    expect(stage(shell, target(null, { path: shop.path('none/x') }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not a directory'),
    });
  });

  it('refuses a staged version that someone has changed', () => {
    stage(shell, target(null));
    writeFileSync(stagedPath(dest), 'evil\n');
    expect(swap(shell, target(null))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not what was planned'),
    });
    expect(filesBeside()).not.toContain('a file.conf');
  });

  it('clears away what a killed upload of this file left, and of no other', () => {
    const directory = shop.path("etc it's");
    writeFileSync(join(directory, '.haprov-tmp-a file.conf.AbCdEf'), 'half');
    writeFileSync(join(directory, '.haprov-tmp-other.AbCdEf'), 'half');
    expect(stage(shell, target(null)).code).toBe(0);
    expect(filesBeside()).toEqual(['.haprov-staged-a file.conf', '.haprov-tmp-other.AbCdEf']);
  });

  it('keeps the new file when its check passes', () => {
    writeFileSync(dest, OLD);
    const file = target(OLD);
    stage(shell, file);
    swap(shell, file);
    expect(shop.run(shell, local(checkScript(file, 'echo noise; true')))).toEqual(FINE);
    expect(readFileSync(dest, 'utf8')).toBe(NEW);
  });

  it('puts the old one back when its check fails, and says why', () => {
    writeFileSync(dest, OLD, { mode: 0o604 });
    const file = target(OLD);
    stage(shell, file);
    swap(shell, file);
    const ended = shop.run(shell, local(checkScript(file, 'sh -c "echo bad line 7 >&2; exit 3"', '0604')));
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/the old state was put back: bad line 7/) });
    expect(readFileSync(dest, 'utf8')).toBe(OLD);
    expect(mode(dest)).toBe('604');
    expect(filesBeside()).toEqual(['a file.conf']);
  });

  it('takes a new one away again when its check fails', () => {
    const file = target(null);
    stage(shell, file);
    swap(shell, file);
    expect(shop.run(shell, local(checkScript(file, 'false'))).code).toBe(1);
    expect(filesBeside()).toEqual([]);
  });
});

const canMount = ((): boolean => {
  const probe = new Workshop();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', probe.bin]).status === 0;
  if (mounted) spawnSync('umount', [probe.bin]);
  probe.remove();
  return mounted;
})();

describe.runIf(canMount)('on a full disk', () => {
  it('the upload fails and the old file stands', () => {
    const directory = shop.path("etc it's");
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', directory]).status).toBe(0);
    try {
      writeFileSync(dest, OLD);
      const { code, stderr } = stage(['dash'], target(OLD));
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/No space left/);
      expect(filesBeside()).toEqual(['a file.conf']);
      expect(readFileSync(dest, 'utf8')).toBe(OLD);
    } finally {
      spawnSync('umount', [directory]);
    }
  });
});

describe('killed at any moment', () => {
  it('a hundred times, the file is old or new, and the next run makes it new', async () => {
    // Processes are killed here, not the machine; without it a run is several times as fast.
    shop.stub('sync', '');
    writeFileSync(dest, OLD);
    const file = target(OLD);
    const stagedProgram = shop.path('stage.sh');
    const swapProgram = shop.path('swap.sh');
    writeFileSync(stagedProgram, local(stageScript(file)));
    writeFileSync(swapProgram, local(swapScript(file)));
    // An argument of a command ends at 128 KiB.
    const script = `dash ${stagedProgram} && dash ${swapProgram}`;
    const started = performance.now();
    expect(shop.run(['dash'], script, NEW)).toEqual(FINE);
    const span = performance.now() - started;
    const seen = new Set<string>();
    for (let round = 0; round < 100; round += 1) {
      writeFileSync(dest, OLD);
      await shop.kill(script, NEW, (round / 100) * span * 1.5);
      const text = readFileSync(dest, 'utf8');
      seen.add(text === OLD ? 'old' : text === NEW ? 'new' : 'torn');
      // The next plan sees the host as it is: with the new text there is nothing to do.
      if (text !== NEW) expect(shop.run(['dash'], script, NEW)).toEqual(FINE);
      expect(readFileSync(dest, 'utf8')).toBe(NEW);
      expect(filesBeside()).toEqual(['a file.conf']);
    }
    expect(seen).not.toContain('torn');
    expect(seen).toContain('old');
  });
});

describe('a staged version', () => {
  it('waits in the directory of the old one, hidden from globs', () => {
    expect(stagedPath('/etc/nginx/conf.d/a.conf')).toBe('/etc/nginx/conf.d/.haprov-staged-a.conf');
    expect(stagedPath('/a')).toBe('/.haprov-staged-a');
  });
});
