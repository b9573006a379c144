import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker } from './docker.ts';

/** A host's ssh key files by name, as `ssh_host_ed25519_key` and `ssh_host_ed25519_key.pub`. */
export type HostKeys = ReadonlyMap<string, string>;

/**
 * The lab's login key, made once, in `directory` as key and key.pub; gives the public part. It is made in an image,
 * so that this machine needs no ssh client.
 */
export async function ensureLoginKey(directory: string, image: string): Promise<string> {
  const privateFile = join(directory, 'key');
  const publicFile = join(directory, 'key.pub');
  const known = await readFile(publicFile, 'utf8').catch(() => '');
  if (known !== '') return known.trim();
  const script = "ssh-keygen -q -t ed25519 -N '' -C haprov-lab -f /tmp/key && cat /tmp/key.pub /tmp/key";
  const printed = await docker(['run', '--rm', '--network', 'none', image, 'sh', '-c', script]);
  const publicKey = printed.split('\n')[0] ?? '';
  await mkdir(directory, { recursive: true, mode: 0o755 });
  await writeFile(privateFile, `${printed.slice(publicKey.length + 1)}\n`, { mode: 0o600 });
  await chmod(privateFile, 0o600);
  await writeFile(publicFile, `${publicKey}\n`);
  return publicKey;
}

/** A script that prints a host's keys for `parseHostKeys`. */
export const PRINT_HOST_KEYS =
  'cd /etc/ssh && for f in ssh_host_*_key ssh_host_*_key.pub; do echo "==> $f"; cat "$f"; done';

/** The output of one `==> NAME` header and the file's lines after another. */
export function parseHostKeys(printed: string): HostKeys {
  const keys = new Map<string, string>();
  for (const part of printed.split(/^==> /m).slice(1)) {
    const end = part.indexOf('\n');
    keys.set(part.slice(0, end), part.slice(end + 1));
  }
  return keys;
}

/** The host keys saved under `directory`; undefined when there are none. */
export async function loadHostKeys(directory: string): Promise<HostKeys | undefined> {
  const names = await readdir(directory).catch(() => []);
  if (names.length === 0) return undefined;
  const entries = names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const);
  return new Map(await Promise.all(entries));
}

/** Saves host keys under `directory`, for a host that is made anew and shall stay the same to its clients. */
export async function saveHostKeys(directory: string, keys: HostKeys): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [name, content] of keys) await writeFile(join(directory, name), content, { mode: 0o600 });
}
