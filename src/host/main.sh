# shellcheck shell=sh
# sh PROGRAM VERB [KIND] key=value ...   Content, where a verb takes some, is on standard input.

export LC_ALL=C
PATH=${PATH:-}:/usr/sbin:/usr/bin:/sbin:/bin
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
  lease-take) lease_take ;;
  lease-renew) lease_renew ;;
  lease-release) lease_release ;;
  fenced) fenced ;;
  arm) arm ;;
  prolong) prolong ;;
  strike) strike ;;
  confirm) confirm ;;
  revert) revert ;;
  watch | boot | now) watcher "$verb" "$@" ;;
  record-write) record_write ;;
  record-close) record_close ;;
  *) fail "this haprov knows no verb '$verb'" ;;
esac
