# shellcheck shell=sh
# The directory of a file, entered step by step, so that no name is followed that another account controls. Whoever owns a
# directory can rename what is in it, and put a link in its place at any moment: names are looked up once, and what was
# entered is held. From then on names are relative to it.

# enter DIR OWNERS [make]: goes into DIR. Each directory on the way has to belong to root or one of OWNERS; with `make`, a missing
# one is made. Sets $shared where another account can change names in DIR.
enter() {
  way=$1
  owners=" $2 "
  making=${3-}
  cd /
  enter_look
  set -f
  IFS=/
  # shellcheck disable=SC2086 # Split at each slash.
  set -- $way
  unset IFS
  set +f
  for part in "$@"; do
    [ -n "$part" ] || continue
    enter_step "./$part"
  done
}

# enter_step ./NAME: one directory further.
enter_step() {
  [ "$1" != ./.. ] || fail "$way has .. in it"
  before_here=$here
  before_shared=$shared
  if [ -L "$1" ]; then
    [ -z "$before_shared" ] || fail "$way goes through a symbolic link that another account can change"
  elif [ -n "$making" ] && [ ! -e "$1" ]; then
    mkdir -- "$1"
  fi
  [ -d "$1" ] || fail "$way is not a directory"
  cd -P -- "$1" || fail "$way cannot be entered"
  enter_look
  # Between the look and the step, the name may have become a link: then this is no child of where we were.
  if [ -n "$before_shared" ]; then
    [ "$(stat -c %d:%i ..)" = "$before_here" ] || fail "$way changed while it was entered"
  fi
}

# enter_look: whether this directory can be trusted; $here is what it is, $shared whether others can change names in it.
enter_look() {
  seen=$(stat -c '%d:%i %U %u %g %a' .)
  here=${seen%% *}
  seen=${seen#* }
  holder=${seen%% *}
  seen=${seen#* }
  uid=${seen%% *}
  seen=${seen#* }
  gid=${seen%% *}
  bits=$((0${seen#* }))
  shared=
  if [ "$uid" != 0 ]; then
    case "$owners" in
      *" $holder "* | *" $uid "*) ;;
      *) fail "$way leads through $(pwd -P), which belongs to $holder: neither root nor the owner of the file" ;;
    esac
    shared=1
  fi
  if [ $((bits & 2)) -ne 0 ]; then
    [ $((bits & 512)) -ne 0 ] || fail "$way leads through $(pwd -P), in which anybody can replace files"
    shared=1
  fi
  if [ $((bits & 16)) -ne 0 ] && [ "$gid" != 0 ]; then
    shared=1
  fi
}

# owner_names KEY...: the accounts of these arguments (USER:GROUP), in $names.
owner_names() {
  names=
  for key in "$@"; do
    get "$key" || continue
    names="$names ${value%%:*}"
  done
}

# private: where others can change names in this directory, goes on in one within it that is root's alone. leave_private ends it.
private() {
  up=.
  [ -n "$shared" ] || return 0
  outer=$here
  box=$(umask 077 && mktemp -d "./.haprov-tmp-${dest##*/}.XXXXXX") || fail "cannot write in $dir"
  cd -P -- "$box" || fail "$box cannot be entered"
  [ "$(stat -c '%u %a' .) $(stat -c %d:%i ..)" = "0 700 $outer" ] || fail "$dir changed while it was worked in"
  [ -z "$(ls -A .)" ] || fail "$dir changed while it was worked in"
  up=..
}

leave_private() {
  [ "$up" = .. ] || return 0
  cd ..
  rmdir -- "$box" 2>/dev/null || :
}

# hold ./NAME: opens what stands there, a file or a directory with one name, as descriptor 9, once. $held names what was opened:
# mode and owner change there, whatever the name has become.
hold() {
  place=$(pwd -P)
  if [ ! -f "$1" ] && [ ! -d "$1" ]; then
    fail "$place/${1#./} is not a regular file or a directory"
  fi
  exec 9<"$1"
  held=/proc/self/fd/9
  [ "$(readlink "$held")" = "${place%/}/${1#./}" ] || fail "$place/${1#./} is a symbolic link"
}
