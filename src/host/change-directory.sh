# shellcheck shell=sh
# A directory, made; or removed where it is empty and no package has made it its own.

change_directory() {
  get target
  dest=$value
  get after
  if [ "$value" = absent ]; then
    directory_away
    return 0
  fi
  owner_names after_owner
  enter "${dest%/*}" "$names" make
  name=./${dest##*/}
  [ -d "$name" ] || mkdir -- "$name"
  hold "$name"
  get after_owner
  chown "$value" "$held"
  get after_mode
  chmod "$value" "$held"
  if command -v selinuxenabled >/dev/null && selinuxenabled; then
    restorecon "$dest"
  fi
}

directory_away() {
  [ ! -L "$dest" ] || return 0
  [ -d "$dest" ] || return 0
  if is_packaged "$dest"; then
    return 0
  fi
  [ -z "$(ls -A -- "$dest")" ] || return 0
  rmdir -- "$dest"
  sync "${dest%/*}/"
  say "removed the directory $dest"
}

# is_packaged PATH: whether a package owns it.
is_packaged() {
  if command -v rpm >/dev/null && rpm -qf "$1" >/dev/null 2>&1; then
    return 0
  fi
  command -v dpkg-query >/dev/null && dpkg-query -S "$1" >/dev/null 2>&1
}
