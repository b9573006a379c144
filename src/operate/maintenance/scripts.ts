import { MAINTENANCE_RECORD, type MaintenanceFact } from '../../facts/state/maintenance.ts';
import { STATE_DIRECTORY } from '../../facts/state/state-directory.ts';
import { encodeValue } from '../../host/encode.ts';
import { servicePrelude } from '../../tasks/service-scripts.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';

const DROP_IN = HOST_PATHS.maintenanceDropIn;
const DIRECTORY = DROP_IN.slice(0, DROP_IN.lastIndexOf('/'));

/** Functions of sh. `enter RECORD` ends with the host in maintenance, or fails with it as it was. */
const SHELL = `${servicePrelude('keepalived')}
umask 077
fail() { rm -f -- ${MAINTENANCE_RECORD} ${MAINTENANCE_RECORD}.tmp; echo "$1" >&2; exit 1; }
# The condition means nothing without the record, so the record's rename is the one moment that counts: whenever the
# power goes, the next boot starts keepalived, or does not, as the record says.
enter() {
  mkdir -p -m 700 ${STATE_DIRECTORY} || fail "${STATE_DIRECTORY} cannot be made"
  (umask 022; mkdir -p ${DIRECTORY} && printf '%s\\n' "# Written by haprov: keepalived does not start while this host is in maintenance." \\
    '[Unit]' 'ConditionPathExists=!${MAINTENANCE_RECORD}' >${DROP_IN}.tmp) &&
    sync ${DROP_IN}.tmp && mv -fT -- ${DROP_IN}.tmp ${DROP_IN} && sync ${DIRECTORY} ${DIRECTORY}/.. || fail "${DROP_IN} cannot be written"
  printf '%s\\n' "$1" >${MAINTENANCE_RECORD}.tmp && sync ${MAINTENANCE_RECORD}.tmp &&
    mv -fT -- ${MAINTENANCE_RECORD}.tmp ${MAINTENANCE_RECORD} && sync ${STATE_DIRECTORY} || fail "${MAINTENANCE_RECORD} cannot be written"
  systemctl daemon-reload || fail "systemd does not read its unit files"
  systemctl stop "$unit" || fail "keepalived could not be stopped"
  systemctl reset-failed "$unit" >/dev/null 2>&1 || :
}`;

/**
 * Keeps a host standby from now on, through a reload, a restart, an upgrade of the package and a reboot: keepalived is
 * stopped, and its unit has a condition that the record does not let pass. As root; may be run again.
 */
export function enterScript({ who, reason, kind }: Pick<MaintenanceFact, 'who' | 'reason' | 'kind'>): string {
  return `${SHELL}
enter "who=${encodeValue(who)}
since=$(date -u +%Y-%m-%dT%H%%3A%M%%3A%SZ)
reason=${encodeValue(reason)}
kind=${kind}"`;
}

/**
 * Ends maintenance: the record goes first, then the condition, and keepalived starts if it would at boot; prints
 * `started`, or `not-enabled`. One that does not start leaves the host in maintenance as it was, with its journal on
 * standard error. As root; may be run again.
 */
export function leaveScript(): string {
  return `${SHELL}
old=$(cat ${MAINTENANCE_RECORD} 2>/dev/null) || old=
rm -f -- ${MAINTENANCE_RECORD} && sync ${STATE_DIRECTORY} || exit 1
rm -f -- ${DROP_IN} ${DROP_IN}.tmp && rmdir ${DIRECTORY} 2>/dev/null || :
systemctl daemon-reload || exit 1
case $(systemctl is-enabled "$unit" 2>/dev/null) in enabled|enabled-runtime|alias|static) ;; *) echo not-enabled; exit 0 ;; esac
systemctl reset-failed "$unit" >/dev/null 2>&1
(systemctl start "$unit" || explain "$unit did not start"; steady) || { [ -z "$old" ] || enter "$old"; exit 1; }
echo started`;
}
