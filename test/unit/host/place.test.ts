import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256, stagedPath } from '../../../src/changes/backup.ts';
import type { ChangeData } from '../../../src/changes/registry.ts';
import { STATE_DIRECTORY } from '../../../src/facts/state/state-directory.ts';
import { type Ended, Workshop } from '../tasks/support.ts';
import { changeScript, stageScript, swapScript, type TargetFile } from './call-script.ts';
import { SHELLS } from './support.ts';

const NEW = 'new text\n';
const NOBODY = 65534;
const MALLORY = 4321;
const attributes = (mode: string, owner: string) => ({ mode, owner, group: 'root' });

let shop: Workshop;
let home: string;
beforeEach(() => {
  shop = new Workshop();
  home = shop.path('home');
  mkdirSync(home);
  mkdirSync(shop.path('vault'), { mode: 0o700 });
  writeFileSync(shop.path('vault/shadow'), 'secret\n', { mode: 0o600 });
});
afterEach(() => shop.remove());

const local = (script: string): string => script.replaceAll(STATE_DIRECTORY, shop.path('state'));
const wish = (more: Partial<TargetFile> = {}): TargetFile => ({
  path: `${home}/app.conf`,
  sha256: sha256(NEW),
  mode: '0640',
  owner: 'root',
  group: 'root',
  before: null,
  ...more,
});
const owned = (id: number): void => chownSync(home, id, id);

/** The victim as it was: nobody else's, and what stood in it. */
function isUntouched(): void {
  const { mode, uid } = statSync(shop.path('vault/shadow'));
  expect([(mode & 0o777).toString(8), uid, readFileSync(shop.path('vault/shadow'), 'utf8')]).toEqual([
    '600',
    0,
    'secret\n',
  ]);
  expect(readdirSync(shop.path('vault'))).toEqual(['shadow']);
}

describe.each(SHELLS)('a name that another account controls, through %s', (...shell) => {
  const run = (script: string, stdin = ''): Ended => shop.run(shell, local(script), stdin);
  const change = (data: ChangeData): Ended => run(changeScript(data));

  it('is refused for a file, a directory and attributes below a directory of a third account', () => {
    owned(MALLORY);
    const refused = { code: 1, stderr: expect.stringContaining('neither root nor the owner of the file') };
    expect(run(stageScript(wish()), NEW)).toMatchObject(refused);
    expect(run(swapScript(wish()))).toMatchObject(refused);
    const after = attributes('0755', 'root');
    expect(change({ kind: 'directory', target: `${home}/a/b`, before: null, after })).toMatchObject(refused);
    mkdirSync(`${home}/there`);
    const before = attributes('0700', 'root');
    expect(change({ kind: 'attributes', target: `${home}/there`, before, after })).toMatchObject(refused);
    expect(readdirSync(home)).toEqual(['there']);
  });

  it('is refused below a directory in which anybody can replace files', () => {
    spawnChmod('0777');
    expect(run(stageScript(wish()), NEW)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('anybody can replace'),
    });
  });

  it('is refused where it is a link out of a directory of the owner', () => {
    owned(NOBODY);
    symlinkSync(shop.path('vault'), `${home}/conf`);
    const target = wish({ path: `${home}/conf/shadow`, owner: 'nobody' });
    const refused = { code: 1, stderr: expect.stringContaining('symbolic link that another account can change') };
    expect(run(stageScript(target), NEW)).toMatchObject(refused);
    isUntouched();
  });

  it('is written for the owner of the directory, and nothing is left beside it', () => {
    owned(NOBODY);
    const target = wish({ owner: 'nobody' });
    expect(run(stageScript(target), NEW)).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(home)).toEqual([stagedPath('app.conf').replace(/^.*\//, '')]);
    expect(run(swapScript(target))).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(home)).toEqual(['app.conf']);
    expect(statSync(target.path)).toMatchObject({ uid: NOBODY });
    expect(readFileSync(target.path, 'utf8')).toBe(NEW);
  });

  it.each(['chown', 'chmod', 'sync', 'cat'])(
    'becomes a link just before %s: only the file of haprov changes',
    (command) => {
      owned(NOBODY);
      const swap = `for one in '${home}'/* '${home}'/.haprov*; do [ -e "$one" ] || continue
[ -d "$one" ] && mv "$one" "$one.moved" || rm -f "$one"; ln -s '${shop.path('vault/shadow')}' "$one"; done`;
      shop.stub(command, `${swap}\nexec /bin/${command} "$@"`);
      run(stageScript(wish({ owner: 'nobody', mode: '0666' })), NEW);
      isUntouched();
    },
  );

  it.each(['chown', 'chmod'])('becomes a link just before %s of attributes: the victim stays as it is', (command) => {
    owned(NOBODY);
    const path = `${home}/app.conf`;
    writeFileSync(path, NEW, { mode: 0o600 });
    shop.stub(command, `rm -f '${path}'; ln -s '${shop.path('vault/shadow')}' '${path}'\nexec /bin/${command} "$@"`);
    const before = attributes('0600', 'root');
    change({ kind: 'attributes', target: path, sha256: sha256(NEW), before, after: attributes('0666', 'nobody') });
    isUntouched();
    expect(existsSync(shop.path('vault/shadow'))).toBe(true);
  });

  function spawnChmod(mode: string): void {
    expect(run(`chmod ${mode} '${home}'`).code).toBe(0);
  }
});
