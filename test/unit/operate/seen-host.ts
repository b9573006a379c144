import type { MemberInstance, SeenHost } from '../../../src/operate/status/model.ts';
import { NO_GUARD } from '../facts/no-guard.ts';

/** The instance of `clusterWith`, and its VIP. */
export const NAME = 'VI_1';
export const VIP = '192.168.1.100';

/** A member on which all is well, with its instance in that state and the VIP where it is MASTER; `more` is otherwise. */
export function seenHost(instance: MemberInstance, more: Partial<SeenHost> = {}): SeenHost {
  return {
    reachable: true,
    keepalived: 'active',
    service: 'active',
    instances: { [NAME]: instance },
    checks: [],
    holds: instance.state === 'MASTER' ? [VIP] : [],
    drift: 0,
    guard: NO_GUARD,
    maintenance: null,
    cannotSee: [],
    ...more,
  };
}
