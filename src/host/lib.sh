# shellcheck shell=sh
# Words of every part of the program. POSIX sh for root; runs under dash, bash and busybox ash. Lines are short, so that a
# test can kill the program between any two of them.

# A directory that stands for the root: of tests. sudo hands no such variable on.
root=${HAPROV_ROOT-}
state=$root/var/lib/haprov
backup=$state/backup

# fail MESSAGE: one line on standard error, and exit status 1.
fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

# say LINE: a line on standard output, whatever is in it.
say() {
  printf '%s\n' "$1"
}

# hash FILE: prints its sha256.
hash() {
  digest=$(sha256sum <"$1") || return 1
  say "${digest%% *}"
}

# get KEY: the argument KEY=..., decoded in $value, and as it was given in $raw. Both are empty where it is missing, and the
# status is 1. Arguments are in $arguments, with a blank at both ends; no value has a blank in it.
get() {
  raw=
  value=
  case $arguments in
    *" $1="*) ;;
    *) return 1 ;;
  esac
  raw=${arguments#*" $1="}
  raw=${raw%%" "*}
  decode "$raw"
}

# decode VALUE: what encodeValue of src/host/encode.ts was given, in $value.
decode() {
  value=$1
  case $1 in
    *%*) ;;
    *) return 0 ;;
  esac
  value=$(decoded "$1") || fail "an argument is not percent-encoded: $1"
  value=${value%.}
}

# decoded VALUE: prints it with a dot behind it, which keeps newlines at its end.
decoded() {
  # Without a % before it, the first part would be taken for two digits.
  set -f
  IFS=%
  # shellcheck disable=SC2086 # Split at each %, which is the point.
  set -- $1
  text=$1
  shift
  for part in "$@"; do
    tail=${part#??}
    digits=${part%"$tail"}
    case $digits in
      [0-9A-F][0-9A-F]) ;;
      *) exit 1 ;;
    esac
    byte=$((0x$digits))
    text=$text\\0$((byte / 64))$((byte / 8 % 8))$((byte % 8))$tail
  done
  printf '%b.' "$text"
}

# save FILE: standard input becomes a file of haprov's own, by one rename, on disk before it returns.
save() {
  cat >"$1.part" || return 1
  sync "$1.part" || return 1
  mv -fT -- "$1.part" "$1" || return 1
  sync "${1%/*}"
}

# new_beside ./NAME: an empty file that is root's alone, in this directory, or in a private one below it where others can change
# names; its path is in $new. What a killed one left is cleared away.
new_beside() {
  clear_beside "$1"
  private
  # shellcheck disable=SC2034 # For the caller.
  new=$(umask 077 && mktemp "./.haprov-tmp-${1##*/}.XXXXXX") || fail "cannot write in $dir"
}

# clear_beside ./NAME: what new_beside made and nobody put in place.
clear_beside() {
  rm -rf -- "./.haprov-tmp-${1##*/}."*
}

# into_place NEW DEST: one rename, on disk before it returns.
into_place() {
  sync "$1" || return 1
  mv -fT -- "$1" "$2" || return 1
  sync "${2%/*}"
}

# relabel FILE DEST: gives FILE the SELinux context of DEST, or DEST's default where it is not there.
relabel() {
  command -v selinuxenabled >/dev/null || return 0
  selinuxenabled || return 0
  if [ -e "$2" ]; then
    chcon --reference="$2" "$1"
    return
  fi
  context=$(matchpathcon -n "$2") || return 1
  chcon "$context" "$1"
}

# kept DEST VERSION: prints where the version of DEST with this hash (or word) is kept.
kept() {
  printf '%s/%s.%s' "$backup" "$(printf %s "$1" | tr / %)" "$2"
}

# keep FILE VERSION DEST [fresh]: a copy of FILE as a version of DEST, on disk before it returns, for root alone. A copy that is there
# stays, but not with `fresh`.
keep() {
  copy=$(kept "$3" "$2")
  if [ -e "$copy" ] && [ "${4-}" != fresh ]; then
    return 0
  fi
  (umask 077 && mkdir -p "$backup") || return 1
  cp -dp -- "$1" "$copy.part" || return 1
  [ -L "$copy.part" ] || sync "$copy.part" || return 1
  mv -fT -- "$copy.part" "$copy" || return 1
  sync "$backup"
}
