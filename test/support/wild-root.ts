import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installDebianPackages } from '../../docker/install.ts';
import { withLock } from '../../docker/lock.ts';
import { LAB_ROOT } from '../../docker/paths.ts';
import { run } from '../../docker/process.ts';

const SUITE = 'bookworm';
const MIRROR = 'http://deb.debian.org/debian';
const PACKAGES = [
  'openssh-server',
  'sudo',
  'opendoas',
  'tcsh',
  'fish',
  'zsh',
  'ksh',
  'procps',
  'util-linux',
  'locales',
];
/** A decimal comma. */
const LOCALES = 'localedef -i de_DE -f UTF-8 de_DE.UTF-8';

/** A directory tree of Debian with sshd, sudo and the login shells that hosts have in the wild. */
export interface WildRoot {
  /** undefined where there is none; `why` then says why. */
  readonly path: string | undefined;
  readonly why: string;
}

let found: Promise<WildRoot> | undefined;

/**
 * The tree, made with debootstrap by the first test that needs it and then kept in .lab; about a minute, 400 MB. Needs
 * root. HAPROV_LAB=off makes none; with HAPROV_LAB=required it throws where there is none.
 */
export function wildRoot(): Promise<WildRoot> {
  found ??= findRoot();
  return found;
}

async function findRoot(): Promise<WildRoot> {
  const wish = process.env['HAPROV_LAB'] ?? 'auto';
  const inputs = JSON.stringify([SUITE, PACKAGES, LOCALES]);
  const path = join(LAB_ROOT, `wild-${createHash('sha256').update(inputs).digest('hex').slice(0, 12)}`);
  try {
    if (process.getuid?.() !== 0) throw new Error('only root can start hosts');
    if (!existsSync(path) && wish === 'off') throw new Error('HAPROV_LAB=off');
    if (!existsSync(path)) await withLock('wild-root', () => make(path));
    return { path, why: '' };
  } catch (error) {
    if (wish === 'required') throw error;
    return { path: undefined, why: error instanceof Error ? error.message : String(error) };
  }
}

async function make(path: string): Promise<void> {
  if (existsSync(path)) return;
  if ((await run(['sh', '-c', 'command -v debootstrap'])).code !== 0) {
    await installDebianPackages(['debootstrap'], () => {});
  }
  await mkdir(LAB_ROOT, { recursive: true });
  const draft = `${path}.draft`;
  await rm(draft, { recursive: true, force: true });
  await must(['debootstrap', '--variant=minbase', `--include=${PACKAGES.join(',')}`, SUITE, draft, MIRROR]);
  await must(['chroot', draft, 'sh', '-c', `apt-get clean; mkdir -p /run/sshd; ${LOCALES}`]);
  await rename(draft, path);
}

async function must(argv: readonly [string, ...string[]]): Promise<void> {
  const { code, stdout, stderr } = await run(argv);
  if (code !== 0) throw new Error(`${argv[0]} failed (${code}): ${`${stdout}${stderr}`.trim().slice(-500)}`);
}
