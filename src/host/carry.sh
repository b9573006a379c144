# shellcheck shell=sh
# Runs ahead of the program, and is not part of it. $sum is the program's sha256; $bytes is how many bytes of it come first on
# standard input, or 0; $absent is what to say on standard error where it is missing then. Leaves its path in $program.
# shellcheck disable=SC2154 # The three come before this text.

state=${HAPROV_ROOT-}/var/lib/haprov
program=$state/program/$sum.sh

refuse() {
  printf '%s\n' "$1" >&2
  exit 1
}

carry() {
  umask 077
  [ "${HAPROV_ROOT+set}" = set ] || [ "$(id -u)" = 0 ] || refuse "$(id -un) is not root, and become is false"
  [ -d "$state" ] || out=$(mkdir -m 700 -- "$state" 2>&1) || [ -d "$state" ] || refuse "$out"
  if [ -L "$state" ] || [ ! -O "$state" ]; then
    refuse "$state is not a directory of root's own"
  fi
  mkdir -p "$state/program" || exit 1
  digest=$(sha256sum 2>/dev/null <"$program")
  if [ "${digest%% *}" = "$sum" ]; then
    dd bs="$bytes" count=1 iflag=fullblock >/dev/null 2>&1
    touch -- "$program"
    return 0
  fi
  new=$(mktemp "$state/program/part.XXXXXX") || exit 1
  dd bs="$bytes" count=1 iflag=fullblock 2>/dev/null >"$new"
  digest=$(sha256sum <"$new")
  if [ "${digest%% *}" != "$sum" ]; then
    rm -f -- "$new"
    refuse "the program did not arrive whole"
  fi
  sync "$new" || exit 1
  mv -fT -- "$new" "$program" || exit 1
  sync "$state/program" "$state"
}

if [ "$bytes" -gt 0 ]; then
  carry
elif [ ! -f "$program" ]; then
  printf '%s\n' "$absent" >&2
  exit 127
fi
umask 022
