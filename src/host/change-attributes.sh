# shellcheck shell=sh
# Mode and owner of a file (sha256=...: of its content, which stays) or of a directory.

change_attributes() {
  get target
  dest=$value
  get sha256 || :
  sum=$value
  get before_owner
  before_owner=$value
  get after_owner
  after_owner=$value
  get before_mode
  before_mode=$(plain_mode "$value")
  get after_mode
  after_mode=$(plain_mode "$value")
  name=./${dest##*/}
  if [ ! -d "${dest%/*}/" ]; then
    [ -n "${reverting-}" ] || fail "${dest%/*} is not a directory"
    return 0
  fi
  owner_names before_owner after_owner
  enter "${dest%/*}" "$names"
  if [ -n "${reverting-}" ]; then
    attributes_back
    return 0
  fi
  if [ -n "$sum" ]; then
    [ -f "$name" ] || fail "$dest is not a regular file"
  else
    [ -d "$name" ] || fail "$dest is not a directory"
  fi
  [ ! -L "$name" ] || fail "$dest is a symbolic link"
  hold "$name"
  [ -z "$sum" ] || [ "$(stat -L -c %h "$held")" = 1 ] || fail "$dest has several hard links; haprov does not change them"
  chown "$after_owner" "$held"
  chmod "0$after_mode" "$held"
}

# A cut in the middle leaves the owner of one side and the mode of the other; anything else is somebody else's work.
attributes_back() {
  attributes_same || return 0
  hold "$name"
  owner=$(stat -L -c %U:%G "$held")
  mode=$(stat -L -c %a "$held")
  [ "$owner $mode" != "$after_owner $after_mode" ] || return 0
  case " $before_owner $after_owner / $before_mode $after_mode " in
    *" $owner "*/*" $mode "*) ;;
    *)
      say "left the owner and mode of $dest alone: they are no longer what haprov set"
      return 0
      ;;
  esac
  chown "$after_owner" "$held"
  chmod "0$after_mode" "$held"
  sync "$name"
  say "put owner and mode of $dest back"
}

attributes_same() {
  [ ! -L "$name" ] || return 1
  if [ -z "$sum" ]; then
    [ -d "$name" ]
    return
  fi
  [ -f "$name" ] && [ "$(hash "$name")" = "$sum" ]
}

# stat(1) prints modes without leading zeros.
plain_mode() {
  printf '%o' "0$1"
}
