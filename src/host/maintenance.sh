# shellcheck shell=sh
# Keeps a host standby through a reload, a restart, an upgrade of the package and a reboot: keepalived is stopped, and its unit
# has a condition that the record does not let pass. The condition means nothing without the record, so the record's rename is
# the one moment that counts: whenever the power goes, the next boot starts keepalived, or does not, as the record says.

maintenance=$state/maintenance
condition=$units/keepalived.service.d/haprov-maintenance.conf

# maintenance-begin: who, reason and kind stand in the record as they are given. May be run again.
maintenance_begin() {
  maintenance_unit
  get who
  who=$raw
  get reason
  reason=$raw
  get kind
  maintenance_enter "who=$who
since=$(date -u +%Y-%m-%dT%H%%3A%M%%3A%SZ)
reason=$reason
kind=$raw"
}

# maintenance-end: the record goes first, then the condition, and keepalived starts if it would at boot. Says `started`, or
# `not-enabled`. Where it does not start, the host is in maintenance as before. May be run again.
maintenance_end() {
  maintenance_unit
  old=
  [ ! -e "$maintenance" ] || old=$(cat "$maintenance")
  rm -f -- "$maintenance" "$maintenance.part" || exit 1
  sync "$state" || exit 1
  rm -f -- "$condition" "$condition.part"
  rmdir "${condition%/*}" 2>/dev/null
  systemctl daemon-reload || exit 1
  case $(systemctl is-enabled "$unit" 2>/dev/null) in
    enabled | enabled-runtime | alias | static) ;;
    *)
      say not-enabled
      return
      ;;
  esac
  (unit_start) || maintenance_again
  say started
}

maintenance_unit() {
  umask 077
  # shellcheck disable=SC2034 # Read by unit_*.
  unit=keepalived.service
}

maintenance_again() {
  [ -z "$old" ] || maintenance_enter "$old"
  exit 1
}

# maintenance_enter RECORD: ends with the host in maintenance, or fails with it out of it.
maintenance_enter() {
  mkdir -p "$state" || maintenance_fail "$state cannot be made"
  umask 022
  maintenance_condition || maintenance_fail "$condition cannot be written"
  umask 077
  save "$maintenance" <<RECORD || maintenance_fail "$maintenance cannot be written"
$1
RECORD
  systemctl daemon-reload || maintenance_fail "systemd does not read its unit files"
  systemctl stop "$unit" || maintenance_fail "keepalived could not be stopped"
  unit_forget_failure
}

maintenance_condition() {
  mkdir -p "${condition%/*}" || return 1
  save "$condition" <<CONDITION || return 1
# Written by haprov: keepalived does not start while this host is in maintenance.
[Unit]
ConditionPathExists=!$maintenance
CONDITION
  sync "$units"
}

maintenance_fail() {
  rm -f -- "$maintenance" "$maintenance.part"
  fail "$1"
}
