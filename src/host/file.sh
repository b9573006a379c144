# shellcheck shell=sh
# A new version of a file waits beside the old one until its change is made, so that putting it in place is one rename.

# file_names: $dest, $dir, $name, and in $staged where its new version waits; the intermediate one (as=intermediate) elsewhere, among
# the names of uploads that were cut short, so that whatever comes next clears it away.
file_names() {
  get target
  dest=$value
  dir=${dest%/*}
  staged=$dir/.haprov-staged-${dest##*/}
  get as || :
  [ "$value" != intermediate ] || staged=$dir/.haprov-tmp-${dest##*/}.between
}

# file_enter: goes into $dir, as $here; $name and $waiting are the file and its staged version there.
file_enter() {
  owner_names owner before_owner after_owner
  enter "$dir" "$names"
  name=./${dest##*/}
  waiting=./${staged##*/}
}

# file_state: what is at $name, in $have: absent, link, other, or a file's sha256.
file_state() {
  have=absent
  if [ -L "$name" ]; then
    have='link'
  elif [ -f "$name" ]; then
    have=$(hash "$name")
  elif [ -e "$name" ]; then
    have=other
  fi
}

# file_place: fails where haprov puts no file: it replaces no link and no directory, and breaks no hard links.
file_place() {
  [ ! -L "$name" ] || fail "$dest is a symbolic link; haprov does not replace links"
  [ -e "$name" ] || return 0
  [ -f "$name" ] || fail "$dest is not a regular file"
  [ "$(stat -c %h "$name")" = 1 ] || fail "$dest has several hard links; haprov does not break them"
}

# stage: standard input, or the kept version named kept=..., becomes the staged version: whole, with its owner, mode and SELinux
# context, and on disk; or there is none.
stage() {
  file_names
  [ -d "$dir" ] || fail "$dir is not a directory"
  file_enter
  file_place
  get sha256
  want=$value
  new_beside "$name"
  trap 'rm -f -- "$new"; leave_private' EXIT
  if get kept; then
    cat -- "$(kept "$dest" "$value")" >"$new"
  else
    cat >"$new"
  fi
  [ "$(hash "$new")" = "$want" ] || fail "the new $dest did not arrive whole"
  get owner
  chown "$value" "$new"
  get mode
  chmod "$value" "$new"
  relabel "$new" "$dest"
  sync "$new"
  mv -fT -- "$new" "$up/$waiting"
  leave_private
  trap - EXIT
}

# unstage: what was staged and not put in place goes.
unstage() {
  file_names
  [ -d "$dir" ] || return 0
  file_enter
  rm -f -- "$waiting"
  clear_beside "$name"
}
