# shellcheck shell=sh
# The state of a systemd service.

change_unit() {
  get target
  name=$value
  unit=$name.service
  get after
  case $value in
    enabled) unit_enable ;;
    disabled) unit_disable ;;
    running) unit_start ;;
    stopped) unit_stop ;;
    reloaded) unit_reload ;;
    restarted) unit_restart ;;
    read) timeout 60 systemctl daemon-reload ;;
    *) fail "a service cannot be $value" ;;
  esac
}

# unit_explain MESSAGE: fails, with the unit's journal as evidence.
unit_explain() {
  printf '%s\n' "$1" >&2
  journalctl -u "$unit" -n 12 --no-pager -o cat >&2 2>/dev/null || :
  exit 1
}

unit_shows() {
  systemctl show -p "$1" --value "$unit"
}

# unit_is_up: a unit that ran to its end has no process.
unit_is_up() {
  [ "$(systemctl is-active "$unit")" = active ] || return 1
  [ "$(unit_shows MainPID)" != 0 ] || [ "$(unit_shows SubState)" = exited ]
}

# unit_steady: waits until the unit runs and goes on running. keepalived up to 2.2.4 exits 0 when it cannot start, and a reload
# returns before the configuration is read: a unit counts as running when it is still the same process after a second.
unit_steady() {
  waited=0
  until unit_is_up; do
    [ "$(systemctl is-active "$unit")" != failed ] || unit_explain "$unit does not run"
    [ "$waited" -lt 30 ] || unit_explain "$unit does not run"
    sleep 0.2
    waited=$((waited + 1))
  done
  first=$(unit_shows MainPID)
  sleep 1
  if [ "$(systemctl is-active "$unit")" != active ] || [ "$(unit_shows MainPID)" != "$first" ]; then
    unit_explain "$unit started and ended again"
  fi
}

# A unit that is masked at run time, by an installation that was killed, can be neither enabled nor started.
unit_unmask() {
  systemctl --runtime unmask "$unit" >/dev/null 2>&1 || :
}

unit_forget_failure() {
  systemctl reset-failed "$unit" >/dev/null 2>&1 || :
}

unit_enable() {
  unit_unmask
  systemctl enable -q "$unit"
}

# While the host boots (HAPROV_BOOT) its start is under way already, and is called off without waiting for anything.
unit_disable() {
  case $(systemctl is-enabled "$unit" 2>/dev/null) in
    enabled | enabled-runtime | alias) ;;
    *) return 0 ;;
  esac
  systemctl disable -q "$unit"
  [ -z "${HAPROV_BOOT-}" ] || systemctl stop --no-block "$unit"
  say "disabled $name"
}

unit_start() {
  unit_unmask
  systemctl daemon-reload
  unit_forget_failure
  systemctl start "$unit" || unit_explain "$unit did not start"
  unit_steady
}

# Nothing of this boot runs yet while the host boots.
unit_stop() {
  [ -z "${HAPROV_BOOT-}" ] || return 0
  case $(systemctl is-active "$unit") in
    inactive | failed | unknown) return 0 ;;
  esac
  systemctl stop "$unit"
  say "stopped $name"
}

# unit_reload: the same main process must go on.
unit_reload() {
  [ "$(unit_shows NeedDaemonReload)" != yes ] || systemctl daemon-reload
  process=$(unit_shows MainPID)
  systemctl reload-or-restart "$unit" || unit_explain "$unit did not reload"
  unit_steady
  [ "$(unit_shows CanReload)" = yes ] || return 0
  [ "$(unit_shows MainPID)" = "$process" ] || unit_explain "$unit did not survive the reload"
}

# unit_restart: leaves a mark. What reads its configuration at the start only must be restarted once more when the old state
# returns, and nothing else need be. In /run, since a reboot is a restart.
unit_restart() {
  systemctl daemon-reload
  unit_forget_failure
  : >"/run/haprov-restarted-$name"
  systemctl restart "$unit" || unit_explain "$unit did not restart"
  unit_steady
}

# forget_restart: a mark of an earlier run would make a revert of this one restart the service without need.
forget_restart() {
  get target
  rm -f -- "/run/haprov-restarted-$value"
}
