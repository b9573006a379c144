import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Files that a pattern may name at most. */
const MOST = 1000;

/**
 * Paths that a pattern such as clusters/*.yaml names, sorted; `*` and `?` stand for what is in one name, and never for a
 * dot at its start. A pattern without them names itself, there or not. Rejects where a directory cannot be read.
 */
export async function glob(pattern: string, directory: string): Promise<readonly string[]> {
  const absolute = resolve(directory, pattern);
  if (!/[*?]/.test(absolute)) return [absolute];
  const [, ...parts] = absolute.split('/');
  let found: readonly string[] = ['/'];
  for (const part of parts) {
    const next = await Promise.all(found.map((base) => children(base, part)));
    found = next.flat().slice(0, MOST);
  }
  return [...found].sort();
}

async function children(base: string, part: string): Promise<readonly string[]> {
  if (!/[*?]/.test(part)) return (await exists(join(base, part))) ? [join(base, part)] : [];
  const text = part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const shape = new RegExp(`^${part.startsWith('.') ? '' : '(?!\\.)'}${text}$`, 's');
  try {
    return (await readdir(base)).filter((name) => shape.test(name)).map((name) => join(base, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTDIR' || error.code === 'ENOENT')) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
