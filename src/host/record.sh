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

# record-close: what became of `run`, in the record that this host has of it; nothing where that has made room for newer ones.
record_close() {
  get run
  record=$value
  get state
  record_state
}

# record_state: the record of the run $record has the state $value from now on.
record_state() {
  umask 077
  [ -f "$runs/$record.json" ] || return 0
  cd "$runs" || exit 1
  sed '1s/"state":"[a-z-]*"/"state":"'"$value"'"/' "$record.json" >"$record.json.part" || exit 1
  record_place
}

record_place() {
  sync "$record.json.part" || exit 1
  mv -fT -- "$record.json.part" "$record.json" || exit 1
  sync .
}
