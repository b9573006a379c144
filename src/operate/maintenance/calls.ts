import type { MaintenanceFact } from '../../facts/state/maintenance.ts';
import type { HostCall } from '../../host/client.ts';

/** Keeps a host standby from now on: keepalived is stopped, and does not start again. May be run again. */
export function beginCall({ who, reason, kind }: Pick<MaintenanceFact, 'who' | 'reason' | 'kind'>): HostCall {
  return { verb: 'maintenance-begin', args: { who, reason, kind } };
}

/**
 * Ends maintenance, and starts keepalived if it would at boot; prints `started`, or `not-enabled`. Where it does not start,
 * the host stays in maintenance, with the journal on standard error. May be run again.
 */
export const END_CALL: HostCall = { verb: 'maintenance-end' };
