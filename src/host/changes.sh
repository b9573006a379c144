# shellcheck shell=sh
# Changes as data: one line a change, `KIND key=value ...`. A kind is a function change_KIND in change-KIND.sh, and a row here.
# It brings what it is about from `before` to `after`, does nothing where that is so already, and leaves alone, and says so,
# what is neither. It runs with `set -eu`, in a subshell, with its arguments for `get`.

change() {
  case $1 in
    *) fail "this haprov knows no change of the kind '$1'" ;;
  esac
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
  return "$failed"
}
