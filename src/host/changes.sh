# shellcheck shell=sh
# Changes as data: one line a change, `KIND key=value ...`. A kind is a function change_KIND in change-KIND.sh, and a row here.
# It brings what it is about from `before` to `after`, and does nothing where that is so already. What is neither makes it fail,
# or with $reverting it is left alone, and said. It runs with `set -eu`, in a subshell, with its arguments for `get`.

# change KIND: with the handlers owes=... on record before it begins, and those of pays=... off it when it is done. Whatever cuts
# a run short, the next one reads the record and runs them although no file differs any more.
change() {
  owe
  case $1 in
    attributes) change_attributes ;;
    command) change_command ;;
    directory) change_directory ;;
    file) change_file ;;
    firewall) change_firewall ;;
    link) change_link ;;
    package) change_package ;;
    record) change_record ;;
    removal) change_removal ;;
    script) change_script ;;
    settle) change_settle ;;
    sysctl) change_sysctl ;;
    unit) change_unit ;;
    wait) change_wait ;;
    *) fail "this haprov knows no change of the kind '$1'" ;;
  esac
  paid pays
}

owe() {
  get owes || return 0
  (umask 077 && mkdir -p "$state/owed")
  set -f
  for one in $value; do
    : >>"$state/owed/$one"
  done
  set +f
  sync "$state/owed"
}

# paid KEY: clears the record of the handlers in that argument.
paid() {
  get "$1" || return 0
  set -f
  for one in $value; do
    rm -f -- "$state/owed/$one"
  done
  set +f
}

# run_changes: the lines of standard input in their order, each in a shell of its own. Tries every one, and fails if any failed.
run_changes() {
  failed=0
  while read -r kind rest <&3; do
    (
      set -eu
      # shellcheck disable=SC2034 # Read by get.
      arguments=" $rest "
      change "$kind"
    ) 3<&- </dev/null
    # Outside any condition: within one, the `set -e` above would have no effect.
    # shellcheck disable=SC2181
    [ $? -eq 0 ] || failed=1
  done 3<&0
  [ "$failed" -eq 0 ] || [ -z "${reverting-}" ] || printf '%s\n' "not all of it came back" >&2
  return "$failed"
}
