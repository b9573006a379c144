# shellcheck shell=sh
# sh PROGRAM VERB [KIND] key=value ...   Content, where a verb takes some, is on standard input.

umask 022
verb=${1-}
[ $# -eq 0 ] || shift
# shellcheck disable=SC2034 # Read by get.
arguments=" $* "
case $verb in
  change)
    # A change by itself: change KIND key=value ...
    set -eu
    change "${1-}"
    ;;
  changes)
    # A list of changes, on standard input.
    run_changes
    ;;
  *) fail "this haprov knows no verb '$verb'" ;;
esac
