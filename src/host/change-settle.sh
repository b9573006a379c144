# shellcheck shell=sh
# Ends a revert for a unit that ran before the run and has to run with the files that returned: reloaded, since it may have read
# the new ones, or restarted where it does not run or the run has restarted it. reloads and restarts are the handlers of the run
# that would have done so.

change_settle() {
  get target
  name=$value
  unit=$name.service
  mark=/run/haprov-restarted-$name
  if [ -n "${HAPROV_BOOT-}" ]; then
    # The boot starts it with what is there now.
    paid reloads
    paid restarts
    return 0
  fi
  if [ "$name" = keepalived ] && [ -e "$state/maintenance" ]; then
    return 0
  fi
  how=reload
  if get restarts && [ -e "$mark" ]; then
    how=restart
  fi
  case $(systemctl is-active "$unit") in
    active | reloading) ;;
    *) how=restart ;;
  esac
  [ "$name:$how" != keepalived:reload ] || settle_test
  [ "$how" = restart ] || settle_reload
  [ "$how" = reload ] || settle_restart
  paid reloads
}

settle_reload() {
  if systemctl reload-or-restart "$unit" && (unit_steady) 2>/dev/null; then
    say "reloaded $name"
  else
    printf '%s\n' "$name did not take the reload" >&2
    how=restart
  fi
}

settle_restart() {
  unit_forget_failure
  systemctl restart "$unit" || unit_explain "$unit did not restart"
  unit_steady
  if get restarts; then
    rm -f -- "$mark"
    paid restarts
  fi
  say "restarted $name"
}

# settle_test: a reload of a file with a fatal error ends keepalived and leaves its VIPs on the host; keepalived's own test cannot
# tell such an error from a warning. The file that returned may be an administrator's with warnings, on which keepalived ran: a
# restart gives up the VIPs in order first, and then shows whether it runs.
settle_test() {
  conf=/etc/keepalived/keepalived.conf
  code=0
  out=$(timeout 30 keepalived --config-test -f "$conf" 2>&1) || code=$?
  if [ -s "$conf" ] && [ "$code" -eq 0 ] && [ -z "$out" ]; then
    return 0
  fi
  printf '%s\n' "the old $conf does not pass keepalived's test (exit status $code), so keepalived is restarted, not reloaded: $out" >&2
  how=restart
}
