import { createHash } from 'node:crypto';
import { quote } from '../transport/quote.ts';
import { FILE_PRELUDE, KEEP, LINK, OF_PACKAGE, RELABEL } from './keep-file.ts';

/** A file as it shall stand on the host. */
export interface TargetFile {
  readonly path: string;
  /** Of its content. */
  readonly sha256: string;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  /** sha256 of what stood there when it was planned; null for nothing. A host that differs by then is left alone. */
  readonly before: string | null;
  /** sha256 of a version of haprov's own that may stand there instead: the one that comes between. */
  readonly alsoBefore?: string;
  /** Where the new version waits; default `stagedPath`. */
  readonly staged?: string;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Where a new version waits, in the directory of the old one, so that putting it in place is one rename. */
export function stagedPath(path: string): string {
  const cut = path.lastIndexOf('/');
  return `${path.slice(0, cut)}/.haprov-staged-${path.slice(cut + 1)}`;
}

function names(file: TargetFile): string {
  return `dest=${quote(file.path)}; staged=${quote(file.staged ?? stagedPath(file.path))}; dir=\${dest%/*}
want=${file.sha256}; before=${file.before ?? 'absent'}
[ -d "$dir" ] || fail "$dir is not a directory"
[ ! -L "$dest" ] || fail "$dest is a symbolic link; haprov does not replace links"
[ ! -e "$dest" ] || [ -f "$dest" ] || fail "$dest is not a regular file"
[ ! -e "$dest" ] || [ "$(stat -c %h "$dest")" = 1 ] || fail "$dest has several hard links; haprov does not break them"`;
}

/**
 * Writes the new version beside the old one, from standard input or from a file of the host: complete, with its hash
 * compared, owner, mode and SELinux context set, and on disk, or not there at all. What a killed upload of it left is
 * cleared away.
 */
export function stageScript(file: TargetFile, from?: string): string {
  return `${FILE_PRELUDE}
${RELABEL}
${names(file)}
umask 077
rm -f -- "$dir/.haprov-tmp-\${dest##*/}."*
tmp=$(mktemp "$dir/.haprov-tmp-\${dest##*/}.XXXXXX") || fail "cannot write in $dir"
trap 'rm -f -- "$tmp"' EXIT
cat ${from === undefined ? '' : `-- ${quote(from)} `}>"$tmp"
[ "$(hash "$tmp")" = "$want" ] || fail "the new $dest did not arrive whole"
chown ${quote(`${file.owner}:${file.group}`)} "$tmp"
chmod ${quote(file.mode)} "$tmp"
relabel "$tmp"
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
  return `${FILE_PRELUDE}
${PRISTINE}
${KEEP}
${names(file)}
have=absent; [ ! -e "$dest" ] || have=$(hash "$dest")
if [ "$have" = "$want" ] && [ ! -e "$staged" ]; then
  chown ${quote(`${file.owner}:${file.group}`)} "$dest"; chmod ${quote(file.mode)} "$dest"; exit 0
fi
[ "$have" = "$before" ] || [ "$have" = "$want" ] || ${file.alsoBefore === undefined ? '' : `[ "$have" = ${file.alsoBefore} ] || `}{ [ "$before" = absent ] && pristine; } ||
  fail "$dest has changed since the plan was made"
[ "$(hash "$staged")" = "$want" ] || fail "the staged $dest is not what was planned"
if [ "$have" = absent ]; then rm -f -- "$(kept ${OF_PACKAGE})"
elif [ "$have" != "$want" ]; then
  keep "$have"
  [ "$before" != absent ] || keep ${OF_PACKAGE} fresh
fi
mv -fT -- "$staged" "$dest"
sync "$dir"`;
}

/** Removes a regular file, keeping a copy. Refuses when it is no longer what the plan saw, does nothing where it is gone. */
export function removeScript(path: string, before: string): string {
  return `${FILE_PRELUDE}
${KEEP}
dest=${quote(path)}; dir=\${dest%/*}
[ -L "$dest" ] || [ -e "$dest" ] || exit 0
[ -f "$dest" ] && [ ! -L "$dest" ] && [ "$(hash "$dest")" = ${before} ] || fail "$dest has changed since the plan was made"
keep ${before}
rm -f -- "$dest"
sync "$dir"`;
}

/** Removes a symbolic link, keeping it; does nothing where it is gone. */
export function removeLinkScript(path: string): string {
  return `${FILE_PRELUDE}
${KEEP}
dest=${quote(path)}; dir=\${dest%/*}
[ -L "$dest" ] || { [ ! -e "$dest" ] || fail "$dest has changed since the plan was made"; exit 0; }
keep ${LINK} fresh
rm -f -- "$dest"
sync "$dir"`;
}

/**
 * Checks a file that only makes sense in its place (nginx -t), and takes it back when the check fails. `undo`: the
 * script that does so.
 */
export function validateInPlaceScript(file: TargetFile, command: string, undo: string): string {
  return `${FILE_PRELUDE}
${names(file)}
out=$(${command} 2>&1) || {
  # A shell of its own outside any condition: within one, set -e has no effect.
  set +e
  (
${undo}
  ) >/dev/null
  [ $? -eq 0 ] || fail "the check of $dest failed, and the old state could not be put back: $out"
  fail "the check of $dest failed, the old state was put back: $out"
}`;
}
