# shellcheck shell=sh
# A symbolic link, removed and kept; or restored from what was kept, where nothing is.

change_link() {
  get target
  dest=$value
  dir=${dest%/*}
  name=./${dest##*/}
  if [ ! -d "$dir" ]; then
    return 0
  fi
  enter "$dir" root
  get after
  if [ "$value" = absent ]; then
    link_away
  else
    link_back
  fi
}

link_away() {
  if [ ! -L "$name" ]; then
    [ ! -e "$name" ] || [ -n "${reverting-}" ] || fail "$dest has changed since the plan was made"
    return 0
  fi
  keep "$name" link "$dest" fresh
  rm -f -- "$name"
  sync .
}

link_back() {
  source=$(kept "$dest" link)
  [ -L "$source" ] || return 0
  [ ! -L "$name" ] || return 0
  [ ! -e "$name" ] || return 0
  cp -dpT -- "$source" "$name"
  sync .
  say "put the link $dest back"
}
