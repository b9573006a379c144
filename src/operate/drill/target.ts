import type { ListenerFact } from '../../facts/network/listeners.ts';
import type { Service } from '../../inventory/model.ts';
import { portOf } from '../../rollout/gates/probe.ts';

/**
 * What a client can ask a VIP, best first: the page of the port that stands for the VIP, then that port alone. `wish`:
 * a path, or a whole URL that is asked as it stands. Empty where nothing listens there. Pure.
 */
export function targetsOf(
  vip: string,
  service: Service,
  listeners: readonly ListenerFact[],
  wish: string | undefined,
): readonly string[] {
  if (wish !== undefined && !wish.startsWith('/')) return [wish];
  const name = vip.includes(':') ? `[${vip}]` : vip;
  const port = portOf(listeners, vip, service);
  if (port === undefined) return [];
  const tcp = `tcp://${name}:${port}`;
  const page = `${port === 443 ? 'https' : 'http'}://${name}${port === 80 || port === 443 ? '' : `:${port}`}${wish ?? '/'}`;
  if (wish !== undefined) return [page];
  return service === 'none' ? [tcp] : [page, tcp];
}
