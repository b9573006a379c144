import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { UsageError } from '../errors.ts';

/**
 * Reads files that a playbook names: relative to it, then to the directory `files` beside it. A relative path, links
 * followed, must not lead out of the playbook's directory; an absolute one is taken as meant. Each file is read once,
 * and without giving way: tasks that read a file and then ask a fact must ask it in the same turn as all others, or it
 * costs the host another round trip.
 */
export function createLocalFiles(playbook: string): (path: string) => Promise<string> {
  const root = dirname(playbook);
  const cache = new Map<string, Promise<string>>();
  return (path) => {
    const reading = cache.get(path) ?? readLocal(path, root);
    cache.set(path, reading);
    return reading;
  };
}

async function readLocal(path: string, root: string): Promise<string> {
  if (isAbsolute(path)) return readText(path);
  const home = realpathSync(root);
  for (const candidate of [resolve(root, path), resolve(root, 'files', path)]) {
    const found = resolveLinks(candidate);
    if (found === undefined) continue;
    if (!found.startsWith(home + sep)) throw new UsageError(`${path} leads out of the playbook's directory ${root}`);
    return readText(found);
  }
  throw new UsageError(`there is no ${path} in ${root} nor in ${resolve(root, 'files')}`);
}

function resolveLinks(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Bytes: an upload of more is a mistake, and would be held in memory several times. */
const MAX_UPLOAD = 16 * 1024 * 1024;

function readText(path: string): string {
  let bytes: Buffer;
  try {
    const info = statSync(path);
    // A pipe would be waited for, and a device has no end.
    if (!info.isFile()) throw new UsageError(`${path} is not a regular file`);
    if (info.size > MAX_UPLOAD) throw new UsageError(`${path} is larger than 16 MiB`);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${path}`, { cause: error });
  }
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes))
    throw new UsageError(`${path} is not UTF-8 text; haprov uploads text files only`);
  return text;
}
