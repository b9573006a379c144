import { quote } from '../transport/quote.ts';
import type { Undo } from './change.ts';

/**
 * Opening lines of a script about one unit: `$unit`, `explain MESSAGE`, which ends the script with the unit's journal as
 * evidence, `pid`, `up`, and `steady`, which waits until the unit runs and goes on running.
 */
export function servicePrelude(name: string): string {
  return `set -u
unit=${quote(`${name}.service`)}
explain() { echo "$1" >&2; journalctl -u "$unit" -n 12 --no-pager -o cat >&2 2>/dev/null; exit 1; }
pid() { systemctl show -p MainPID --value "$unit"; }
# keepalived up to 2.2.4 exits 0 when it cannot start, and a reload returns before the configuration is read: a unit
# counts as running when it is still the same process after a second. One that ran to its end has no process.
up() { [ "$(systemctl is-active "$unit")" = active ] && { [ "$(pid)" != 0 ] || [ "$(systemctl show -p SubState --value "$unit")" = exited ]; }; }
steady() {
  waited=0
  until up; do
    [ "$(systemctl is-active "$unit")" != failed ] && [ "$waited" -lt 30 ] || explain "$unit does not run"
    sleep 0.2; waited=$((waited + 1))
  done
  first=$(pid); sleep 1
  [ "$(systemctl is-active "$unit")" = active ] && [ "$(pid)" = "$first" ] || explain "$unit started and ended again"
}`;
}

export function daemonReloadScript(): string {
  return 'systemctl daemon-reload';
}

export function enableScript(name: string): string {
  const unit = quote(`${name}.service`);
  // A unit that is masked at run time, by an installation that was killed, cannot be enabled.
  return `systemctl --runtime unmask ${unit} >/dev/null 2>&1\nsystemctl enable -q ${unit}`;
}

export function startScript(name: string): string {
  return `${servicePrelude(name)}
systemctl --runtime unmask "$unit" >/dev/null 2>&1
systemctl daemon-reload
systemctl reset-failed "$unit" >/dev/null 2>&1
systemctl start "$unit" || explain "$unit did not start"
steady`;
}

export function stopScript(name: string): string {
  return `systemctl stop ${quote(`${name}.service`)}`;
}

/** Reloads and sees to it that the same main process goes on. */
export function reloadScript(name: string): string {
  return `${servicePrelude(name)}
[ "$(systemctl show -p NeedDaemonReload --value "$unit")" != yes ] || systemctl daemon-reload
before=$(pid)
systemctl reload-or-restart "$unit" || explain "$unit did not reload"
steady
[ "$(systemctl show -p CanReload --value "$unit")" != yes ] || [ "$(pid)" = "$before" ] || explain "$unit did not survive the reload"`;
}

/** Asks for a reload and waits for nothing: where several hosts must reload within one master-down interval. */
export function reloadSignalScript(name: string): string {
  const unit = quote(`${name}.service`);
  return `! systemctl is-active -q ${unit} || systemctl reload ${unit}`;
}

export function restartScript(name: string): string {
  return `${servicePrelude(name)}
systemctl daemon-reload
systemctl reset-failed "$unit" >/dev/null 2>&1
: >${quote(restartMark(name))}
systemctl restart "$unit" || explain "$unit did not restart"
steady`;
}

/**
 * A mark that the run has restarted the service: what reads its configuration at the start only must be restarted once
 * more when the old state comes back, and nothing else need be. In /run, since a reboot is a restart.
 */
export function restartMark(name: string): string {
  return `/run/haprov-restarted-${name}`;
}

export function forgetRestartScript(name: string): string {
  return `rm -f -- ${quote(restartMark(name))}`;
}

/**
 * Disables the unit again; at any time, also while the host boots (HAPROV_BOOT): then its start is under way already, and
 * is called off without waiting for anything.
 */
export function undoEnable(name: string): Undo {
  const unit = quote(`${name}.service`);
  const needed = `case $(systemctl is-enabled ${unit} 2>/dev/null) in enabled|enabled-runtime|alias) ;; *) exit`;
  return {
    describe: `disable ${name}`,
    script: `${needed} 0;; esac
systemctl disable -q ${unit} || exit 1
[ -z "\${HAPROV_BOOT:-}" ] || systemctl stop --no-block ${unit} || exit 1
echo ${quote(`disabled ${name}`)}`,
    needed: `${needed} 1;; esac`,
    redo: enableScript(name),
  };
}

/** Stops the unit again. Nothing of this boot runs yet while the host boots (HAPROV_BOOT). */
export function undoStart(name: string): Undo {
  const unit = quote(`${name}.service`);
  const needed = `case $(systemctl is-active ${unit}) in inactive|failed|unknown) exit`;
  return {
    describe: `stop ${name}`,
    script: `[ -z "\${HAPROV_BOOT:-}" ] || exit 0
${needed} 0;; esac
systemctl stop ${unit} || exit 1
echo ${quote(`stopped ${name}`)}`,
    needed: `${needed} 1;; esac`,
  };
}
