import { quote } from '../transport/quote.ts';

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

/** Asks for a reload and waits for nothing: where several hosts must reload within one master-down interval. */
export function reloadSignalScript(name: string): string {
  const unit = quote(`${name}.service`);
  return `! systemctl is-active -q ${unit} || systemctl reload ${unit}`;
}
