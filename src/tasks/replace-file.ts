import { createHash } from 'node:crypto';
import { STATE_DIRECTORY } from '../facts/state-directory.ts';
import { quote } from '../transport/quote.ts';

/** A file as it shall stand on the host. */
export interface TargetFile {
  readonly path: string;
  readonly text: string;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  /** sha256 of what stood there when it was planned; null for nothing. A host that differs by then is left alone. */
  readonly before: string | null;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Where a new version waits, in the directory of the old one, so that putting it in place is one rename. */
export function stagedPath(path: string): string {
  const cut = path.lastIndexOf('/');
  return `${path.slice(0, cut)}/.haprov-staged-${path.slice(cut + 1)}`;
}

const PRELUDE = `set -eu
fail() { echo "$1" >&2; exit 1; }
hash() { h=$(sha256sum <"$1"); echo "\${h%% *}"; }`;

function names(file: TargetFile): string {
  return `dest=${quote(file.path)}; staged=${quote(stagedPath(file.path))}; dir=\${dest%/*}
want=${sha256(file.text)}; before=${file.before ?? 'absent'}
[ -d "$dir" ] || fail "$dir is not a directory"
[ ! -L "$dest" ] || fail "$dest is a symbolic link; haprov does not replace links"
[ ! -e "$dest" ] || [ -f "$dest" ] || fail "$dest is not a regular file"
[ ! -e "$dest" ] || [ "$(stat -c %h "$dest")" = 1 ] || fail "$dest has several hard links; haprov does not break them"`;
}

/**
 * Writes the new version beside the old one, from standard input: complete, with its hash compared, owner, mode and
 * SELinux context set, and on disk, or not there at all. What a killed upload of it left is cleared away.
 */
export function stageScript(file: TargetFile): string {
  return `${PRELUDE}
${names(file)}
umask 077
rm -f -- "$dir/.haprov-tmp-\${dest##*/}."*
tmp=$(mktemp "$dir/.haprov-tmp-\${dest##*/}.XXXXXX") || fail "cannot write in $dir"
trap 'rm -f -- "$tmp"' EXIT
cat >"$tmp"
[ "$(hash "$tmp")" = "$want" ] || fail "the new $dest did not arrive whole"
chown ${quote(`${file.owner}:${file.group}`)} "$tmp"
chmod ${quote(file.mode)} "$tmp"
if command -v selinuxenabled >/dev/null && selinuxenabled; then
  if [ -e "$dest" ]; then chcon --reference="$dest" "$tmp"
  else context=$(matchpathcon -n "$dest") && chcon "$context" "$tmp"; fi
fi
sync "$tmp"
mv -fT -- "$tmp" "$staged"
trap - EXIT`;
}

/**
 * Whether the file is as a package brought it: nobody's work. On a host where the package was missing when the plan was
 * made, its own sample may stand there by now.
 */
const PRISTINE = `pristine() {
  if command -v rpm >/dev/null && rpm -qf "$dest" >/dev/null 2>&1; then
    ! rpm -Vf "$dest" 2>/dev/null | grep -q " $dest$"
  else
    owner=$(dpkg-query -S "$dest" 2>/dev/null) || return 1
    sum=$(md5sum <"$dest")
    dpkg-query -W -f '\${Conffiles}\n' "\${owner%%:*}" | grep -qF " $dest \${sum%% *}"
  fi
}`;

/**
 * Puts the staged version in place by one rename, after keeping a copy of the old one. Run again after it has
 * happened, it does nothing. Refuses when the file is no longer what the plan saw.
 */
export function swapScript(file: TargetFile): string {
  return `${PRELUDE}
${PRISTINE}
${names(file)}
have=absent; [ ! -e "$dest" ] || have=$(hash "$dest")
if [ "$have" = "$want" ] && [ ! -e "$staged" ]; then
  chown ${quote(`${file.owner}:${file.group}`)} "$dest"; chmod ${quote(file.mode)} "$dest"; exit 0
fi
[ "$have" = "$before" ] || [ "$have" = "$want" ] || { [ "$before" = absent ] && pristine; } ||
  fail "$dest has changed since the plan was made"
[ "$(hash "$staged")" = "$want" ] || fail "the staged $dest is not what was planned"
if [ -e "$dest" ]; then
  umask 077
  mkdir -p -m 700 ${STATE_DIRECTORY}; mkdir -p -m 700 ${STATE_DIRECTORY}/backup
  kept=${STATE_DIRECTORY}/backup/$(printf %s "$dest" | tr / %).$have
  [ -e "$kept" ] || { cp -p -- "$dest" "$kept.part"; sync "$kept.part"; mv -fT -- "$kept.part" "$kept"; }
fi
mv -fT -- "$staged" "$dest"
sync "$dir"`;
}

/**
 * Checks a file that only makes sense in its place (nginx -t), and puts back what was there when the check fails.
 */
export function validateInPlaceScript(file: TargetFile, command: string): string {
  const kept = file.before === null ? '' : `${STATE_DIRECTORY}/backup/$(printf %s "$dest" | tr / %).${file.before}`;
  const restore =
    file.before === null ? 'rm -f -- "$dest"' : `cp -p -- "${kept}" "$staged"; mv -fT -- "$staged" "$dest"`;
  return `${PRELUDE}
${names(file)}
if ! out=$(${command} 2>&1); then
  ${restore}
  sync "$dir"
  fail "the check of $dest failed, the old state was put back: $out"
fi`;
}
