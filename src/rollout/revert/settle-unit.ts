import { MAINTENANCE_RECORD } from '../../facts/state/maintenance.ts';
import type { Change } from '../../tasks/change.ts';
import { settledScript } from '../../tasks/pending-handlers.ts';
import { restartMark, servicePrelude } from '../../tasks/service-scripts.ts';
import { quote } from '../../transport/quote.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';

/**
 * Has a unit that ran before these changes run again, with the files that came back: reloaded, since it may have read
 * the new ones, or restarted where it does not run or the run has restarted it. Undefined for a unit that the changes
 * only start, enable, or leave alone.
 */
export function settleScript(unit: string, changes: readonly Change[]): string | undefined {
  const own = changes.filter((change) => change.unit === unit);
  const touched = own.filter(({ action }) => action === 'reload' || action === 'restart' || action === 'stop');
  if (touched.length === 0 || own.some(({ action }) => action === 'start')) return undefined;
  // A handler's changes have its name as their task. What only a restart can do is done by nothing less.
  const names = (action: Change['action']): readonly string[] =>
    touched.filter((change) => change.action === action).map(({ task }) => task);
  const reloads = settledScript(names('reload'));
  const restarts = settledScript(names('restart'));
  const restarted = names('restart').length === 0 ? ':' : `[ ! -e ${quote(restartMark(unit))} ] || how=restart`;
  return `if [ -n "\${HAPROV_BOOT:-}" ]; then
  # The boot starts it with what stands there now.
  ${reloads}; ${restarts}
  exit 0
fi
${unit === 'keepalived' ? `[ ! -e ${MAINTENANCE_RECORD} ] || exit 0` : ':'}
${servicePrelude(unit)}
how=reload
${restarted}
case $(systemctl is-active "$unit") in active|reloading) ;; *) how=restart;; esac
${unit === 'keepalived' ? TEST : ':'}
if [ "$how" = reload ]; then
  if systemctl reload-or-restart "$unit" && (steady) 2>/dev/null; then echo ${quote(`reloaded ${unit}`)}
  else echo ${quote(`${unit} did not take the reload`)} >&2; how=restart; fi
fi
if [ "$how" = restart ]; then
  systemctl reset-failed "$unit" >/dev/null 2>&1
  systemctl restart "$unit" || explain "$unit did not restart"
  steady
  rm -f -- ${quote(restartMark(unit))}
  ${restarts}
  echo ${quote(`restarted ${unit}`)}
fi
${reloads}`;
}

/**
 * A reload of a file with a fatal error ends keepalived and leaves its VIPs on the host; keepalived's own test cannot
 * tell such an error from a warning. The file that came back may be an administrator's with warnings, on which keepalived
 * ran: a restart gives up the VIPs in order first, and then shows whether it runs.
 */
const TEST = `if [ "$how" = reload ]; then
  out=$(timeout 30 keepalived --config-test -f ${HOST_PATHS.keepalivedConf} 2>&1); code=$?
  if [ ! -s ${HOST_PATHS.keepalivedConf} ] || [ "$code" -ne 0 ] || [ -n "$out" ]; then
    echo "the old ${HOST_PATHS.keepalivedConf} does not pass keepalived's test (exit status $code), so keepalived is restarted, not reloaded: $out" >&2
    how=restart
  fi
fi`;
