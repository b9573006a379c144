# shellcheck shell=sh
# The content of a regular file. before and after are a sha256 or `absent`; between has versions that are there on the way.

change_file() {
  file_names
  get before
  before=$value
  get after
  after=$value
  get between || :
  between=$value
  if [ ! -d "$dir" ]; then
    file_without_place
    return 0
  fi
  file_enter
  if [ -n "${reverting-}" ]; then
    file_back after "$before"
  elif [ "$after" = absent ]; then
    file_away
  else
    file_new
    file_check
  fi
}

# file_without_place: where the directory is not there, nothing can be in it.
file_without_place() {
  if [ -n "${reverting-}" ]; then
    [ "$after" = absent ] || fail "$dir is no longer there"
  elif [ "$after" != absent ]; then
    fail "$dir is not a directory"
  fi
}

# file_new: the staged version takes the place of what the plan saw, of which a copy is kept.
file_new() {
  file_place
  file_state
  if [ "$have" = "$after" ] && [ ! -e "$waiting" ]; then
    hold "$name"
    get after_owner
    chown "$value" "$held"
    get after_mode
    chmod "$value" "$held"
    return 0
  fi
  file_is_planned || fail "$dest has changed since the plan was made"
  [ ! -L "$waiting" ] || fail "the staged $dest is not what was planned"
  [ "$(hash "$waiting")" = "$after" ] || fail "the staged $dest is not what was planned"
  if [ "$have" = absent ]; then
    rm -f -- "$(kept "$dest" of-package)"
  elif [ "$have" != "$after" ]; then
    keep "$name" "$have" "$dest"
    [ "$before" != absent ] || keep "$name" of-package "$dest" fresh
  fi
  mv -fT -- "$waiting" "$name"
  sync .
}

# file_is_planned: whether what is there may be replaced. On a host that had no such file, a package may have brought its own.
file_is_planned() {
  case ",$before,$after,$between," in
    *",$have,"*) return 0 ;;
  esac
  [ "$before" = absent ] && file_is_pristine
}

# file_is_pristine: whether the file is as a package brought it, and so nobody's work.
file_is_pristine() {
  if command -v rpm >/dev/null && rpm -qf "$dest" >/dev/null 2>&1; then
    if rpm -Vf "$dest" 2>/dev/null | grep -q " $dest$"; then
      return 1
    fi
    return 0
  fi
  package=$(dpkg-query -S "$dest" 2>/dev/null) || return 1
  md5=$(md5sum <"$name")
  # shellcheck disable=SC2016 # dpkg's own variable.
  dpkg-query -W -f '${Conffiles}\n' "${package%%:*}" | grep -qF " $dest ${md5%% *}"
}

# file_check: a command that makes sense only with the file in place. Where it fails, the old version returns.
file_check() {
  get check || return 0
  out=$(cd / && sh -c "$value" 2>&1 </dev/null) && return 0
  set +e
  (
    set -e
    file_back before "$after"
  ) >/dev/null
  # Outside any condition: within one, set -e has no effect.
  # shellcheck disable=SC2181
  [ $? -eq 0 ] || fail "the check of $dest failed, and the old state could not be put back: $out"
  fail "the check of $dest failed, the old state was put back: $out"
}

# file_away: the file goes, and a copy is kept.
file_away() {
  file_state
  [ "$have" != absent ] || return 0
  [ "$have" = "$before" ] || fail "$dest has changed since the plan was made"
  keep "$name" "$have" "$dest"
  rm -f -- "$name"
  sync .
}

# file_back SIDE OURS: the version of that side returns, where the version OURS is, or one between. Any other is somebody else's
# work. Uploads that are not in place go.
file_back() {
  get "$1"
  old=$value
  rm -f -- "$waiting"
  clear_beside "$name"
  source=$(kept "$dest" "$old")
  brought=
  if [ "$old" = absent ] && [ "$dest" != /etc/keepalived/keepalived.conf ]; then
    # What a package brought while the run was under way: the package stays, and does not bring its file again. But not
    # keepalived's sample, which is active and claims addresses (RHEL family).
    source=$(kept "$dest" of-package)
    if [ -f "$source" ]; then
      brought=1
      old=$(hash "$source")
    fi
  fi
  file_state
  [ "$have" != "$old" ] || return 0
  case ",$2,$between," in
    *",$have,"*) ;;
    *)
      say "left $dest alone: it is no longer what haprov put there"
      return 0
      ;;
  esac
  if [ "$old" = absent ]; then
    rm -f -- "$name"
    sync .
    say "removed $dest"
    return 0
  fi
  [ -f "$source" ] || fail "the old $dest is not in $source"
  [ "$(hash "$source")" = "$old" ] || fail "the old $dest is not in $source"
  new_beside "$name"
  trap 'rm -f -- "$new"; leave_private' EXIT
  cat -- "$source" >"$new"
  [ "$(hash "$new")" = "$old" ] || fail "the old $dest could not be copied whole"
  file_owning "$1"
  relabel "$new" "$dest"
  into_place "$new" "$up/$name"
  leave_private
  trap - EXIT
  say "put $dest back"
}

# file_owning SIDE: owner and mode of that side for $new. stat(1) has the word UNKNOWN for an owner without a name; the copy has
# its number.
file_owning() {
  get "$1_owner" || :
  case $brought:$value in
    1:* | *UNKNOWN*) chown --reference="$source" "$new" ;;
    *) chown "$value" "$new" ;;
  esac
  if [ -n "$brought" ]; then
    chmod --reference="$source" "$new"
  else
    get "$1_mode"
    chmod "$value" "$new"
  fi
}
