# shellcheck shell=sh
# A symbolic link, removed and kept; or restored from what was kept, where nothing is.

change_link() {
  get target
  dest=$value
  dir=${dest%/*}
  get after
  if [ "$value" = absent ]; then
    link_away
  else
    link_back
  fi
}

link_away() {
  if [ ! -L "$dest" ]; then
    [ ! -e "$dest" ] || [ -n "${reverting-}" ] || fail "$dest has changed since the plan was made"
    return 0
  fi
  keep "$dest" link fresh
  rm -f -- "$dest"
  sync "$dir"
}

link_back() {
  source=$(kept "$dest" link)
  [ -L "$source" ] || return 0
  [ ! -L "$dest" ] || return 0
  [ ! -e "$dest" ] || return 0
  [ -d "$dir" ] || return 0
  cp -dpT -- "$source" "$dest"
  sync "$dir"
  say "put the link $dest back"
}
