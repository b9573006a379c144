import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SshSettings } from '../../inventory/model.ts';
import { remember } from '../basics/remember.ts';
import { codeOf, HopFaultError, isMissing } from '../errors.ts';
import { indexKnownHosts, type KnownHost, parseKnownHosts } from './known-hosts.ts';

const LOCK_WAIT_MS = 10_000;
/** A lock older than this belongs to a process that died: holding it takes milliseconds. */
const LOCK_STALE_MS = 5000;

/** What known_hosts files say. */
export interface KnownHosts {
  /** In file order, the files in the order given. */
  readonly entries: readonly KnownHost[];
  /** What was read; new keys go into the first. */
  readonly files: readonly string[];
  /** The entries that speak of a name (knownHostName). */
  of(name: string): readonly KnownHost[];
}

/** Where the host keys of a connection are looked up. */
export function filesOf(ssh: SshSettings): readonly string[] {
  return ssh.known_hosts_files ?? [ssh.known_hosts_file];
}

/** The files of a `known_hosts_file` setting: one path or several; a text with blanks may be several too. */
export async function readKnownHosts(setting: string | readonly string[]): Promise<KnownHosts> {
  const written = typeof setting === 'string' ? [setting] : setting;
  const read = (await Promise.all(written.map(readSetting))).flat();
  const entries = read.flatMap(({ file, text }) => parseKnownHosts(text ?? '', file));
  return { entries, files: read.map(({ file }) => file), of: remember(indexKnownHosts(entries)) };
}

async function readSetting(setting: string): Promise<{ file: string; text: string | undefined }[]> {
  const whole = await readIfThere(setting);
  if (whole !== undefined || !/\s/.test(setting)) return [{ file: setting, text: whole }];
  const files = setting.split(/\s+/).filter((file) => file !== '');
  return Promise.all(files.map(async (file) => ({ file, text: await readIfThere(file) })));
}

/** Reads each list of files once. */
export function createKnownHostsReader(): (files: readonly string[]) => Promise<KnownHosts> {
  return remember(readKnownHosts, JSON.stringify);
}

/**
 * Appends lines in a single write, under a lock that other haprov processes keep to, making file (0600) and directory
 * (0700) where missing. Whoever else appends loses nothing, and the file is never seen with half a line: a write that
 * could not be done wholly is taken back. `decide` sees the file's entries as they are under the lock and returns the
 * lines. A file that is no file, as /dev/null, forgets what is written to it.
 */
export async function appendKnownHosts(
  file: string,
  decide: (entries: readonly KnownHost[]) => readonly string[],
): Promise<void> {
  try {
    if (await isDevice(file)) return void decide([]);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await withLock(`${file}.lock`, async () => {
      const text = (await readIfThere(file)) ?? '';
      const lines = decide(parseKnownHosts(text, file));
      if (lines.length > 0)
        await append(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${lines.join('\n')}\n`);
    });
  } catch (cause) {
    if (cause instanceof HopFaultError) throw cause;
    throw new HopFaultError({
      kind: 'host-key',
      message: `the accepted host key could not be recorded in ${file}`,
      retryable: false,
      next: `Make ${file} writable for this user.`,
      cause,
    });
  }
}

async function append(file: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const handle = await open(file, 'a', 0o600);
  try {
    const { size } = await handle.stat();
    const { bytesWritten } = await handle.write(bytes);
    if (bytesWritten === bytes.length) return await handle.sync();
    await handle.truncate(size);
    throw new Error(`${file} took ${bytesWritten} of ${bytes.length} bytes`);
  } finally {
    await handle.close();
  }
}

async function isDevice(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isCharacterDevice(),
    () => false,
  );
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new HopFaultError({
      kind: 'host-key',
      message: `${file} cannot be read`,
      retryable: false,
      next: `Make ${file} readable for this user.`,
      cause,
    });
  }
}

async function withLock(lock: string, work: () => Promise<void>): Promise<void> {
  const start = Date.now();
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      break;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || Date.now() - start > LOCK_WAIT_MS) throw error;
      const age = await stat(lock).then(
        (found) => Date.now() - found.mtimeMs,
        () => 0,
      );
      if (age > LOCK_STALE_MS) await rm(lock, { force: true });
      else await pause(10 + Math.random() * 20);
    }
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}
