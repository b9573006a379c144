import { LabError } from './errors.ts';
import { execIn } from './exec.ts';

/**
 * Each directory gets a file system of its own on top, whose room for changes is a tmpfs that is full: what was there
 * reads as before, and every change ends in the kernel's ENOSPC, as on a full disk. Docker's files in /etc are bound
 * in again, or the host would forget its own name.
 */
const FILL = `set -eu
[ ! -e /run/full-disk ] || exit 0
for file in hosts hostname resolv.conf; do
  mkdir -p /run/full-disk
  : >"/run/full-disk/$file"
  mount --bind "/etc/$file" "/run/full-disk/$file"
done
for dir in etc usr var; do
  room=/run/full-disk/$dir
  mkdir -p "$room"
  mount -t tmpfs -o size=64k,mode=755 none "$room"
  mkdir "$room/upper" "$room/work"
  chmod --reference="/$dir" "$room/upper"
  mount -t overlay -o "lowerdir=/$dir,upperdir=$room/upper,workdir=$room/work" none "/$dir"
  cat /dev/zero >"$room/filler" 2>/dev/null || true
done
for file in hosts hostname resolv.conf; do
  mount --bind "/run/full-disk/$file" "/etc/$file"
done
`;

/** Undone in the order it was done in, backwards; lazily, for processes that stand in there. */
const FREE = `set -eu
[ -e /run/full-disk ] || exit 0
for file in hosts hostname resolv.conf; do umount -l "/etc/$file"; umount "/run/full-disk/$file"; done
for dir in var usr etc; do umount -l "/$dir"; umount -l "/run/full-disk/$dir"; done
rm -rf /run/full-disk`;

/** From here on every write below /etc, /usr and /var fails with ENOSPC. */
export async function fillDisk(host: string, container: string): Promise<void> {
  await must(host, container, FILL, 'fill the disk');
}

/** Gives the room back; nothing that was written before `fillDisk` is lost. */
export async function freeDisk(host: string, container: string): Promise<void> {
  await must(host, container, FREE, 'free the disk');
}

async function must(host: string, container: string, script: string, action: string): Promise<void> {
  const { code, stderr } = await execIn(container, script);
  if (code !== 0) throw new LabError(stderr.trim(), { host, action });
}
