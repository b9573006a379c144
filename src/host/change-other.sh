# shellcheck shell=sh
# Kinds of change of a few lines each.

# change_command: a command of the user's own.
change_command() {
  get line
  sh -c "$value" </dev/null
}

# change_wait: until a script that only looks exits 0.
change_wait() {
  get timeout
  timeout=$value
  get rounds
  rounds=$value
  get condition
  until sh -c "$value" </dev/null >/dev/null 2>&1; do
    rounds=$((rounds - 1))
    [ "$rounds" -ge 0 ] || fail "not there after $timeout s"
    sleep 0.2
  done
}

# change_record: what became of a run, in the record that the host has of it; nothing where that has made room for newer ones.
change_record() {
  get target
  record=$value
  get after
  record_state
}

# change_removal: marks that all is gone but the state directory. A run is known by the token of its lease.
change_removal() {
  get after
  if [ "$value" = removed ]; then
    (umask 077 && grep '^token=' "$state/lease" >"$state/removed")
  else
    rm -f -- "$state/removed"
  fi
}
