import type { FileFact } from '../facts/system/file.ts';
import { quote } from '../transport/quote.ts';
import { HOST_PATHS } from '../vrrp/paths.ts';
import type { FileVersion, Undo } from './change.ts';
import { FILE_PRELUDE, KEPT, LINK, OF_PACKAGE, RELABEL } from './keep-file.ts';
import { removeLinkScript, stagedPath } from './replace-file.ts';

/** A change of a file's content, for taking it back. */
export type FileReplacement = NonNullable<Undo['file']>;

/** The version that a fact tells of; null where there is no regular file. */
export function versionOf(fact: FileFact): FileVersion | null {
  if (fact.type !== 'file' || fact.sha256 === undefined) return null;
  const { sha256, mode, owner, group } = fact;
  return { sha256, mode, owner, group };
}

const SAY = `say() { printf '%s\\n' "$1"; }`;

/** Takes a new, replaced or removed file back. */
export function undoFile(change: FileReplacement): Undo {
  const { path, before } = change;
  return {
    describe: before === null ? `remove ${path}` : `put ${path} back`,
    script: replacementScript(change),
    file: change,
  };
}

/**
 * The old version by a rename, or nothing, where the change's own version stands; any other version is somebody else's
 * work. A temporary file that a killed undo left is cleared away, and so is an upload that was not put in place.
 */
function replacementScript({ path, before, after, between = [] }: FileReplacement): string {
  const ours = [...new Set([after ?? 'absent', ...between])].join('|');
  return `${FILE_PRELUDE}
${SAY}
${KEPT}
${RELABEL}
dest=${quote(path)}; staged=${quote(stagedPath(path))}; dir=\${dest%/*}
[ -d "$dir" ] || { ${before === null ? 'exit 0' : 'fail "$dir is no longer there"'}; }
rm -f -- "$staged" "$dir/.haprov-tmp-\${dest##*/}."*
${oldVersion(path, before)}
have=absent
if [ -L "$dest" ]; then have=link; elif [ -f "$dest" ]; then have=$(hash "$dest"); elif [ -e "$dest" ]; then have=other; fi
[ "$have" != "$old" ] || exit 0
case $have in ${ours}) ;; *) say "left $dest alone: it is no longer what haprov put there"; exit 0;; esac
if [ "$old" = absent ]; then
  rm -f -- "$dest"; sync "$dir"; say "removed $dest"; exit 0
fi
[ -f "$copy" ] && [ "$(hash "$copy")" = "$old" ] || fail "the old $dest is not in $copy"
umask 077
tmp=$(mktemp "$dir/.haprov-tmp-\${dest##*/}.XXXXXX") || fail "cannot write in $dir"
trap 'rm -f -- "$tmp"' EXIT
cat -- "$copy" >"$tmp"
[ "$(hash "$tmp")" = "$old" ] || fail "the old $dest could not be copied whole"
${owning(before)}
relabel "$tmp"
sync "$tmp"
mv -fT -- "$tmp" "$dest"
trap - EXIT
sync "$dir"
say "put $dest back"`;
}

/**
 * What a package brought while the run was under way counts as the old version: a package stays, and does not bring its
 * configuration again. Not keepalived's sample, which is active and claims addresses (RHEL family).
 */
function oldVersion(path: string, before: FileVersion | null): string {
  if (before !== null) return `old=${before.sha256}; copy=$(kept "$old")`;
  if (path === HOST_PATHS.keepalivedConf) return 'old=absent';
  return `old=absent; copy=$(kept ${OF_PACKAGE}); [ ! -f "$copy" ] || old=$(hash "$copy")`;
}

/** stat(1) has the word UNKNOWN for an owner without a name; the copy has its number. */
function owning(before: FileVersion | null): string {
  const named = before !== null && before.owner !== 'UNKNOWN' && before.group !== 'UNKNOWN';
  const owner = named ? quote(`${before.owner}:${before.group}`) : '--reference="$copy"';
  return `chown ${owner} "$tmp"; chmod ${before === null ? '--reference="$copy"' : quote(before.mode)} "$tmp"`;
}

/** Takes the removal of a symbolic link back. */
export function undoLinkRemoval(path: string): Undo {
  return {
    describe: `put the link ${path} back`,
    needed: `[ ! -e ${quote(path)} ] && [ ! -L ${quote(path)} ]`,
    redo: removeLinkScript(path),
    script: `${FILE_PRELUDE}
${KEPT}
dest=${quote(path)}; dir=\${dest%/*}; copy=$(kept ${LINK})
[ -L "$copy" ] && [ ! -L "$dest" ] && [ ! -e "$dest" ] && [ -d "$dir" ] || exit 0
cp -dpT -- "$copy" "$dest"
sync "$dir"
printf 'put the link %s back\\n' "$dest"`,
  };
}

/** Mode and owner of a file or directory. */
export type Attributes = Pick<FileVersion, 'mode' | 'owner' | 'group'>;

/**
 * Takes a change of mode and owner back. A cut in the middle leaves the owner of one side and the mode of the other;
 * anything else is somebody else's work. `sha256`: of the file, which stays as it is; absent for a directory.
 */
export function undoAttributes(path: string, before: Attributes, after: Attributes, sha256?: string): Undo {
  const shown = (one: Attributes): string => `${one.owner}:${one.group}`;
  const sides = (a: string, b: string): string => [...new Set([a, b].map(quote))].join('|');
  const modes = sides(plainMode(before.mode), plainMode(after.mode));
  const same = sha256 === undefined ? '[ -d "$dest" ]' : `[ -f "$dest" ] && [ "$(hash "$dest")" = ${sha256} ]`;
  const script = `${FILE_PRELUDE}
${SAY}
dest=${quote(path)}
[ ! -L "$dest" ] && ${same} || exit 0
owner=$(stat -c %U:%G "$dest"); mode=$(stat -c %a "$dest")
[ "$owner $mode" != ${quote(`${shown(before)} ${plainMode(before.mode)}`)} ] || exit 0
case $owner in ${sides(shown(before), shown(after))}) ;; *) say "left the owner and mode of $dest alone: they are no longer what haprov set"; exit 0;; esac
case $mode in ${modes}) ;; *) say "left the owner and mode of $dest alone: they are no longer what haprov set"; exit 0;; esac
chown ${quote(shown(before))} "$dest"
chmod ${quote(before.mode)} "$dest"
sync "$dest"
say "put owner and mode of $dest back"`;
  return {
    describe: `put owner and mode of ${path} back`,
    script,
    needed: `dest=${quote(path)}; [ "$(stat -c '%U:%G %a' "$dest")" = ${quote(`${shown(after)} ${plainMode(after.mode)}`)} ]`,
    redo: `${same.startsWith('[ -d') ? '' : `${FILE_PRELUDE}\n`}dest=${quote(path)}; ${same} || exit 0
chown ${quote(shown(after))} "$dest" && chmod ${quote(after.mode)} "$dest"`,
    ...(sha256 === undefined ? {} : { file: { path, before: { sha256, ...before }, after: sha256 } }),
  };
}

/** stat(1) prints modes without leading zeros. */
function plainMode(mode: string): string {
  return mode.replace(/^0+(?=.)/, '');
}

const OWNED = `owned() {
  if command -v rpm >/dev/null && rpm -qf "$d" >/dev/null 2>&1; then return 0; fi
  command -v dpkg-query >/dev/null && dpkg-query -S "$d" >/dev/null 2>&1
}`;

/**
 * Takes a new directory back, where it is empty and no package has made it its own. `leaving`: names in it that will be
 * gone by then; whatever else is in it keeps it.
 */
export function undoDirectory(path: string, redo: string, leaving?: readonly string[]): Undo {
  const others = `ls -A -- "$d" | grep -vxF ${['', ...(leaving ?? [])].map((name) => `-e ${quote(name)}`).join(' ')}`;
  return {
    describe: `remove the directory ${path} if it is empty`,
    script: `set -eu
d=${quote(path)}
${OWNED}
[ -d "$d" ] && [ ! -L "$d" ] || exit 0
if owned; then exit 0; fi
[ -z "$(ls -A -- "$d")" ] || exit 0
rmdir -- "$d"
sync "\${d%/*}/"
printf 'removed the directory %s\n' "$d"`,
    needed: `d=${quote(path)}
${OWNED}
[ -d "$d" ] && [ ! -L "$d" ] && ! owned${leaving === undefined ? '' : ` && [ -z "$(${others})" ]`}`,
    redo,
  };
}
