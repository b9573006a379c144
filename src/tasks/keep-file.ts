import { BACKUP_DIRECTORY, STATE_DIRECTORY } from '../facts/state/state-directory.ts';

/** Opening lines of every script that handles a file: strict, with a word for failing and one for hashing. */
export const FILE_PRELUDE = `set -eu
fail() { printf '%s\\n' "$1" >&2; exit 1; }
hash() { h=$(sha256sum <"$1"); echo "\${h%% *}"; }`;

/** Where the version of a file with this hash (or word) is kept. */
export function keptPath(path: string, version: string): string {
  return `${BACKUP_DIRECTORY}/${path.replaceAll('/', '%')}.${version}`;
}

/** Shell function: where the version of `$dest` with this hash (or word) is kept. */
export const KEPT = `kept() { printf '%s/%s.%s' ${BACKUP_DIRECTORY} "$(printf %s "$dest" | tr / %)" "$1"; }`;

/**
 * Shell function `keep NAME`: a copy of `$dest`, on disk before it returns, where root alone can look. `fresh` as its
 * second word replaces a copy that is there. Needs KEPT.
 */
export const KEEP = `${KEPT}
keep() {
  umask 077
  mkdir -p -m 700 ${STATE_DIRECTORY}; mkdir -p -m 700 ${BACKUP_DIRECTORY}
  k=$(kept "$1")
  if [ -e "$k" ] && [ "\${2-}" != fresh ]; then return; fi
  cp -dp -- "$dest" "$k.part"
  [ -L "$k.part" ] || sync "$k.part"
  mv -fT -- "$k.part" "$k"
  sync ${BACKUP_DIRECTORY}
}`;

/** Name, instead of a hash, of the version that a package brought during the very run that replaced it. */
export const OF_PACKAGE = 'of-package';

/** Name, instead of a hash, of a symbolic link that was removed. */
export const LINK = 'link';

/** Shell lines that give `$1` the SELinux context of `$dest`, or its default where it is not there. */
export const RELABEL = `relabel() {
  command -v selinuxenabled >/dev/null && selinuxenabled || return 0
  if [ -e "$dest" ]; then chcon --reference="$dest" "$1"
  else context=$(matchpathcon -n "$dest") && chcon "$context" "$1"; fi
}`;
