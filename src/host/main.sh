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
    # A list of changes, on standard input: reverting=1 for one that takes others back.
    if get reverting; then
      # shellcheck disable=SC2034 # Read by the kinds of change.
      reverting=1
    fi
    run_changes
    ;;
  stage)
    # A new version of a file, on standard input or out of what is kept.
    set -eu
    stage
    ;;
  unstage)
    set -eu
    unstage
    ;;
  test)
    # Whether a staged version passes its test.
    set -eu
    test_staged
    ;;
  forget-restart)
    set -eu
    forget_restart
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
  maintenance-begin) maintenance_begin ;;
  maintenance-end) maintenance_end ;;
  record-write) record_write ;;
  prune) prune ;;
  *) fail "this haprov knows no verb '$verb'" ;;
esac
