# shellcheck shell=sh
# What runs changed on this host: one line of JSON a run, for root alone.

runs=$state/runs

# record-write: the record of `run`, from standard input, on disk before the first of its changes; older ones make room.
record_write() {
  umask 077
  get run
  mkdir -p "$runs" || exit 1
  cd "$runs" || exit 1
  rm -f -- ./*.part
  cat >"$value.json.part" || exit 1
  record=$value
  get sum
  [ "$(hash "$record.json.part")" = "$value" ] || fail "the record did not arrive whole"
  record_place
  get keep
  # Names sort by time.
  # shellcheck disable=SC2012 # Names of ours, without a newline.
  ls -- *.json | sort -r | tail -n +"$((value + 1))" | while read -r old; do
    rm -f -- "$old"
  done
}

# change_record: what became of a run, in the record that this host has of it; nothing where that has made room for newer ones.
change_record() {
  umask 077
  get target
  record=$value
  get after
  [ -f "$runs/$record.json" ] || return 0
  cd "$runs" || exit 1
  sed '1s/"state":"[a-z-]*"/"state":"'"$value"'"/' "$record.json" >"$record.json.part" || exit 1
  record_place
}

# prune: of each `SHA256 PATH` on standard input, haprov's own earlier versions go from what is kept, but not that one: they may
# hold secrets that are no longer in use. What was there before haprov stays until haprov is removed.
prune() {
  while read -r keep dest; do
    prefix=$backup/$(printf %s "$dest" | tr / %).
    for copy in "$prefix"*; do
      version=${copy#"$prefix"}
      case $version in
        "$keep" | *[!0-9a-f]*) continue ;;
      esac
      if [ -f "$copy" ] && prune_own; then
        rm -f -- "$copy"
      fi
    done
  done
  [ ! -d "$backup" ] || sync "$backup"
}

# prune_own: whether haprov wrote $copy, a version of $dest.
prune_own() {
  case ${dest##*/} in
    *haprov*) return 0 ;;
  esac
  head -n 3 -- "$copy" | grep -q 'Written by haprov'
}

record_place() {
  sync "$record.json.part" || exit 1
  mv -fT -- "$record.json.part" "$record.json" || exit 1
  sync .
}
