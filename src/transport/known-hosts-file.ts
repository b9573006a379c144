import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HopFaultError } from './errors.ts';
import { type KnownHost, parseKnownHosts } from './known-hosts.ts';

const LOCK_WAIT_MS = 10_000;
/** A lock older than this belongs to a process that died: holding it takes milliseconds. */
const LOCK_STALE_MS = 5000;

/** The files that a `known_hosts_file` setting names: one path, or several separated by blanks. */
export async function readKnownHosts(setting: string): Promise<{ entries: KnownHost[]; files: string[] }> {
  const whole = await readIfThere(setting);
  if (whole !== undefined || !/\s/.test(setting)) {
    return { entries: parseKnownHosts(whole ?? '', setting), files: [setting] };
  }
  const files = setting.split(/\s+/).filter((file) => file !== '');
  const texts = await Promise.all(files.map(readIfThere));
  return { entries: files.flatMap((file, index) => parseKnownHosts(texts[index] ?? '', file)), files };
}

/**
 * Appends one line in a single write, under a lock that other haprov processes keep to, making file (0600) and
 * directory (0700) where missing. `decide` sees the file's entries as they are under the lock and returns the line, or
 * undefined to leave the file alone.
 */
export async function appendKnownHost(
  file: string,
  decide: (entries: readonly KnownHost[]) => string | undefined,
): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await withLock(`${file}.lock`, async () => {
      const text = (await readIfThere(file)) ?? '';
      const line = decide(parseKnownHosts(text, file));
      if (line === undefined) return;
      const handle = await open(file, 'a', 0o600);
      try {
        await handle.write(`${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
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

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT') || hasCode(cause, 'ENOTDIR')) return undefined;
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
      if (!hasCode(error, 'EEXIST') || Date.now() - start > LOCK_WAIT_MS) throw error;
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
