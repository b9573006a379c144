import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256, stagedPath } from '../../../src/changes/backup.ts';
import { type ChangeData, invert, isDue } from '../../../src/changes/registry.ts';
import type { Attributes, FileVersion } from '../../../src/changes/version.ts';
import { createReader } from '../../../src/facts/reader/reader.ts';
import { STATE_DIRECTORY } from '../../../src/facts/state/state-directory.ts';
import { tries } from '../../support/full.ts';
import { HOST } from '../facts/support.ts';
import { type Ended, Workshop } from '../tasks/support.ts';
import { changeScript, revertScript, stageScript, swapScript } from './call-script.ts';
import { SHELLS } from './support.ts';

const OLD = 'old text\n';
const NEW = 'new text\n';
const OWNER = { owner: 'root', group: 'root' };

let shop: Workshop;
let dest: string;
beforeEach(() => {
  shop = new Workshop();
  dest = shop.awkwardPath();
});
afterEach(() => shop.remove());

const local = (script: string): string => script.replaceAll(STATE_DIRECTORY, shop.path('state'));
const version = (text: string, more: Partial<FileVersion> = {}): FileVersion => ({
  sha256: sha256(text),
  mode: '0644',
  ...OWNER,
  ...more,
});
const removal = (target: string, text: string): ChangeData => ({
  kind: 'file',
  target,
  before: version(text),
  after: null,
});
const removeScript = (target: string, text: string): string => changeScript(removal(target, text));
const linkRemoval = (target: string): ChangeData => ({ kind: 'link', target, before: 'link', after: 'absent' });
const removeLinkScript = (target: string): string => changeScript(linkRemoval(target));
const attributes = (target: string, before: Attributes, after: Attributes, sha256?: string): ChangeData => ({
  kind: 'attributes',
  target,
  ...(sha256 === undefined ? {} : { sha256 }),
  before,
  after,
});
const directory = (target: string): ChangeData => ({
  kind: 'directory',
  target,
  before: null,
  after: { mode: '0755', ...OWNER },
});
/** What takes the replacement of a file back. */
const undoScript = (target: string, before: FileVersion | null, after: string | null, between: string[] = []): string =>
  revertScript({ kind: 'file', target, before, after: after === null ? null : version(after), between });
const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const beside = (): string[] => readdirSync(shop.path("etc it's")).sort();

describe.each(SHELLS)('a file, through %s,', (...shell) => {
  const run = (script: string, stdin = ''): Ended => shop.run(shell, local(script), stdin);
  const undo = (before: FileVersion | null, after: string | null = NEW): Ended => run(undoScript(dest, before, after));
  /** Replaces what stands there as a run does. */
  const replace = (before: string | null, mode = '0640'): void => {
    const file = { path: dest, sha256: sha256(NEW), mode, ...OWNER, before: before === null ? null : sha256(before) };
    for (const script of [stageScript(file), swapScript(file)]) {
      expect(run(script, NEW)).toEqual({ code: 0, stdout: '', stderr: '' });
    }
  };

  it('that was replaced comes back with its mode and owner, and is said', () => {
    writeFileSync(dest, OLD);
    chmodSync(dest, 0o604);
    replace(OLD);
    expect(undo(version(OLD, { mode: '0604', owner: 'nobody', group: 'daemon' }))).toEqual({
      code: 0,
      stdout: `put ${dest} back\n`,
      stderr: '',
    });
    expect([readFileSync(dest, 'utf8'), mode(dest), statSync(dest).uid === 0]).toEqual([OLD, '604', false]);
    expect(beside()).toEqual(['a file.conf']);
  });

  it('that was created is removed', () => {
    replace(null);
    expect(undo(null)).toEqual({ code: 0, stdout: `removed ${dest}\n`, stderr: '' });
    expect(beside()).toEqual([]);
  });

  it('that was removed comes back', () => {
    writeFileSync(dest, OLD);
    expect(run(removeScript(dest, OLD))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(beside()).toEqual([]);
    expect(undo(version(OLD, { mode: '0600' }), null).stdout).toBe(`put ${dest} back\n`);
    expect([readFileSync(dest, 'utf8'), mode(dest)]).toEqual([OLD, '600']);
  });

  it('is left alone, without a word, where the change was not made or was taken back already', () => {
    const silent = { code: 0, stdout: '', stderr: '' };
    expect([undo(null), undo(null)]).toEqual([silent, silent]);
    writeFileSync(dest, OLD);
    expect(undo(version(OLD))).toEqual(silent);
    expect(undo(version(OLD), null)).toEqual(silent);
    replace(OLD);
    expect([undo(version(OLD)).code, undo(version(OLD))]).toEqual([0, silent]);
    expect(readFileSync(dest, 'utf8')).toBe(OLD);
  });

  it.each([
    ['edited', (path: string) => writeFileSync(path, 'by hand\n')],
    ['removed', (path: string) => unlinkSync(path)],
    [
      'replaced by a link',
      (path: string) => {
        unlinkSync(path);
        symlinkSync('/etc/passwd', path);
      },
    ],
    [
      'replaced by a directory',
      (path: string) => {
        unlinkSync(path);
        mkdirSync(path);
      },
    ],
  ])('that somebody %s since is left alone, and said', (_, touch) => {
    writeFileSync(dest, OLD);
    replace(OLD);
    touch(dest);
    const before = existsSync(dest) ? lstatSync(dest).mode : null;
    const { code, stdout } = undo(version(OLD));
    expect([code, stdout]).toEqual([0, `left ${dest} alone: it is no longer what haprov put there\n`]);
    expect(existsSync(dest) ? lstatSync(dest).mode : null).toBe(before);
  });

  it.each([
    ['is gone', (kept: string) => unlinkSync(kept)],
    ['is another text', (kept: string) => writeFileSync(kept, 'torn')],
  ])('stays as it is, and fails, where the kept copy %s', (_, spoil) => {
    writeFileSync(dest, OLD);
    replace(OLD);
    spoil(shop.path(`state/backup/${dest.replaceAll('/', '%')}.${sha256(OLD)}`));
    expect(undo(version(OLD))).toMatchObject({ code: 1, stderr: expect.stringMatching(/^the old .* is not in /) });
    expect(readFileSync(dest, 'utf8')).toBe(NEW);
    expect(beside()).toEqual(['a file.conf']);
  });

  it('on its way from one version to another is recognised in between', () => {
    writeFileSync(dest, OLD);
    replace(OLD);
    const script = undoScript(dest, version(OLD), 'third', [sha256(NEW)]);
    expect(run(script).stdout).toBe(`put ${dest} back\n`);
  });

  it('whose owner has no name gets the number back', () => {
    writeFileSync(dest, OLD);
    run(`chown 54321:54322 '${dest.replaceAll("'", "'\\''")}'`);
    replace(OLD);
    expect(undo(version(OLD, { owner: 'UNKNOWN', group: 'UNKNOWN' })).code).toBe(0);
    expect([statSync(dest).uid, statSync(dest).gid]).toEqual([54321, 54322]);
  });

  it('that a package brought in the same run comes back as the package brought it', () => {
    const sample = 'sample\n';
    writeFileSync(dest, sample, { mode: 0o600 });
    shop.stub('rpm', 'exit 0');
    replace(null);
    expect(undo(null).stdout).toBe(`put ${dest} back\n`);
    expect([readFileSync(dest, 'utf8'), mode(dest)]).toEqual([sample, '600']);
    expect(undo(null)).toEqual({ code: 0, stdout: '', stderr: '' });
    // Later it is made anew where nothing stands.
    unlinkSync(dest);
    replace(null);
    expect(undo(null).stdout).toBe(`removed ${dest}\n`);
  });

  it("goes although it replaced keepalived's sample, which claims addresses", () => {
    const conf = '/etc/keepalived/keepalived.conf';
    const here = (script: string): string => script.replaceAll(`!= ${conf} `, '!= "$dest" ');
    writeFileSync(dest, 'sample\n');
    shop.stub('rpm', 'exit 0');
    replace(null);
    expect(run(here(undoScript(dest, null, NEW)))).toMatchObject({ code: 0, stdout: `removed ${dest}\n` });
  });

  it('that was uploaded and not put in place leaves nothing', () => {
    writeFileSync(dest, OLD);
    writeFileSync(stagedPath(dest), NEW);
    writeFileSync(join(shop.path("etc it's"), '.haprov-tmp-a file.conf.AbCdEf'), 'half');
    expect(undo(version(OLD))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(beside()).toEqual(['a file.conf']);
  });

  it('whose directory is gone was taken back with it, or cannot come back', () => {
    rmSync(shop.path("etc it's"), { recursive: true });
    expect(undo(null).code).toBe(0);
    expect(undo(version(OLD))).toMatchObject({ code: 1, stderr: expect.stringContaining('is no longer there') });
  });

  it('is not removed where it is no longer what the plan saw, and may be removed twice', () => {
    writeFileSync(dest, 'by hand\n');
    expect(run(removeScript(dest, OLD))).toMatchObject({ code: 1, stderr: expect.stringContaining('changed') });
    expect(readFileSync(dest, 'utf8')).toBe('by hand\n');
    writeFileSync(dest, OLD);
    expect([run(removeScript(dest, OLD)).code, run(removeScript(dest, OLD)).code]).toEqual([0, 0]);
  });

  it('that is a link is removed and comes back as the link that it was', () => {
    symlinkSync('../over there', dest);
    expect([run(removeLinkScript(dest)).code, run(removeLinkScript(dest)).code]).toEqual([0, 0]);
    expect(beside()).toEqual([]);
    const script = revertScript(linkRemoval(dest));
    expect([run(script).stdout, run(script).stdout]).toEqual([`put the link ${dest} back\n`, '']);
    expect(readlinkSync(dest)).toBe('../over there');
    writeFileSync(shop.path("etc it's/file"), '');
    expect(run(removeLinkScript(shop.path("etc it's/file"))).code).toBe(1);
  });

  it.each([
    ['0600', 'nobody:daemon', 'both'],
    ['0600', 'root:root', 'the mode'],
    ['0755', 'nobody:daemon', 'the owner'],
  ])('gets mode %s and owner %s back', (oldMode, owner) => {
    const [user = '', group = ''] = owner.split(':');
    writeFileSync(dest, OLD);
    chmodSync(dest, 0o755);
    const before = { mode: oldMode, owner: user, group };
    const script = revertScript(attributes(dest, before, { mode: '0755', ...OWNER }, sha256(OLD)));
    expect(run(script).stdout).toBe(`put owner and mode of ${dest} back\n`);
    expect(mode(dest)).toBe(oldMode.slice(1));
    expect(run(`stat -c %U:%G '${dest.replaceAll("'", "'\\''")}'`).stdout).toBe(`${owner}\n`);
    expect(run(script)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('keeps a mode that somebody else gave it', () => {
    writeFileSync(dest, OLD);
    const script = revertScript(attributes(dest, { mode: '0600', ...OWNER }, { mode: '0755', ...OWNER }, sha256(OLD)));
    chmodSync(dest, 0o640);
    expect(run(script)).toMatchObject({ code: 0, stdout: expect.stringContaining('left the owner and mode') });
    expect(mode(dest)).toBe('640');
    chmodSync(dest, 0o755);
    writeFileSync(dest, 'by hand\n');
    expect(run(script)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(mode(dest)).toBe('755');
  });
});

describe.each(SHELLS)('a directory, through %s,', (...shell) => {
  const run = (script: string): Ended => shop.run(shell, script);
  beforeEach(() => {
    shop.stub('rpm', 'exit 1');
    shop.stub('dpkg-query', 'exit 1');
  });

  it('that was made goes when it is empty, and no sooner', () => {
    const made = shop.path("etc it's/made");
    mkdirSync(made);
    writeFileSync(join(made, '.hidden'), '');
    const script = revertScript(directory(made));
    expect(run(script)).toEqual({ code: 0, stdout: '', stderr: '' });
    rmSync(join(made, '.hidden'));
    expect([run(script).stdout, run(script).stdout]).toEqual([`removed the directory ${made}\n`, '']);
    expect(beside()).toEqual([]);
  });

  it.each(['rpm', 'dpkg-query'])('that a package owns by now stays (%s)', (tool) => {
    shop.stub(tool, 'exit 0');
    const made = shop.path("etc it's/made");
    mkdirSync(made);
    expect(run(revertScript(directory(made)))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(existsSync(made)).toBe(true);
  });

  it('gets its mode back', () => {
    const place = shop.path("etc it's");
    chmodSync(place, 0o750);
    expect(run(revertScript(attributes(place, { mode: '0700', ...OWNER }, { mode: '0750', ...OWNER }))).code).toBe(0);
    expect(mode(place)).toBe('700');
  });
});

describe('what can be taken back', () => {
  it.each([
    [
      'mode and owner of a file',
      () => {
        writeFileSync(dest, OLD);
        chmodSync(dest, 0o755);
        return attributes(
          dest,
          { mode: '0600', owner: 'nobody', group: 'daemon' },
          { mode: '0755', ...OWNER },
          sha256(OLD),
        );
      },
    ],
    [
      'the mode of a directory',
      () => attributes(shop.path("etc it's"), { mode: '0700', ...OWNER }, { mode: '0755', ...OWNER }),
    ],
    [
      'a directory',
      () => {
        mkdirSync(shop.path('made'));
        return directory(shop.path('made'));
      },
    ],
    [
      'the removal of a link',
      () => {
        symlinkSync('there', dest);
        shop.run(['dash'], local(removeLinkScript(dest)));
        return linkRemoval(dest);
      },
    ],
  ])('says so, and can be made again: %s', async (_, make) => {
    chmodSync(shop.path("etc it's"), 0o755);
    const change = make();
    const inverse = invert(change);
    if (inverse === undefined) throw new Error('it has an inverse');
    const run = (script: string): Ended => shop.run(['dash'], local(script));
    const isThere = (): Promise<boolean | undefined> =>
      isDue(inverse, createReader({ host: HOST, run: async (script) => run(script) }).ask);
    const seen = [await isThere(), run(revertScript(change)).code, await isThere()];
    expect([...seen, run(revertScript(inverse)).code, await isThere()]).toEqual([true, 0, false, 0, true]);
  });
});

describe('an undo killed at any moment', () => {
  it('leaves the old or the new file whole, and the next undo the old one', async () => {
    shop.stub('sync', '');
    const file = { path: dest, sha256: sha256(NEW), mode: '0640', ...OWNER, before: sha256(OLD) };
    // One after the other: an argument of a command ends at 128 KiB.
    const make = (): readonly (number | null)[] =>
      [stageScript(file), swapScript(file)].map((step) => shop.run(['dash'], local(step), NEW).code);
    const script = local(undoScript(dest, version(OLD), NEW));
    writeFileSync(dest, OLD);
    expect(make()).toEqual([0, 0]);
    const started = performance.now();
    expect(shop.run(['dash'], script).code).toBe(0);
    const span = performance.now() - started;
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1.5, noNaN: true }), async (moment) => {
        expect(make()).toEqual([0, 0]);
        await shop.kill(script, '', moment * span);
        expect([OLD, NEW]).toContain(readFileSync(dest, 'utf8'));
        expect(shop.run(['dash'], script).code).toBe(0);
        expect([readFileSync(dest, 'utf8'), mode(dest), beside()]).toEqual([OLD, '644', ['a file.conf']]);
      }),
      { numRuns: tries(60) },
    );
  });
});
