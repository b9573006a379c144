import { randomBytes } from 'node:crypto';
import { MAINTENANCE_RECORD } from '../../facts/state/maintenance.ts';

/** A unit of its own for each time that a host is told to start keepalived again by itself. */
export function newReturnUnit(): string {
  return `haprov-return-${randomBytes(4).toString('hex')}.service`;
}

/**
 * Has the host start keepalived by itself after so many seconds, whatever becomes of haprov: a service and no timer, which
 * may be late by a minute. In maintenance its start does nothing. A reboot starts keepalived anyway.
 */
export function armReturnScript(unit: string, seconds: number): string {
  const what = `sleep ${seconds}; systemctl reset-failed keepalived.service; exec systemctl start keepalived.service`;
  const rest = `--unit=${unit} --description="haprov: start keepalived again unless told otherwise" /bin/sh -c '${what}'`;
  return `command -v systemd-run >/dev/null || { echo "systemd-run is not there" >&2; exit 1; }
systemd-run --quiet --collect ${rest} 2>/dev/null || systemd-run --quiet ${rest} || exit 1
[ "$(systemctl is-active ${unit})" = active ] || { echo "${unit} does not run" >&2; exit 1; }`;
}

/** Takes that back where keepalived runs again, or is meant not to; else the host still has to see to it. */
export function disarmReturnScript(unit: string): string {
  return `systemctl is-active -q keepalived.service || [ -e ${MAINTENANCE_RECORD} ] || exit 0
systemctl stop ${unit} >/dev/null 2>&1; systemctl reset-failed ${unit} >/dev/null 2>&1; :`;
}
