import { compareRouters, type PeerVisible, recreatedBy } from './compare-routers.ts';
import type { KeepalivedConfig } from './config.ts';
import { parseKeepalivedConf, type Statement } from './parse.ts';
import { renderKeepalivedConf } from './render.ts';
import { type MovedVip, movesBetween, pairRouters } from './router-pairs.ts';
import { opaqueBy, type Router, routersOf } from './routers.ts';

export type { PeerVisible } from './compare-routers.ts';
export type { MovedVip } from './router-pairs.ts';

/**
 * What peers notice when a host goes from one keepalived.conf to another: until they have it too, two hosts may hold a
 * VIP (measured on 2.2.7: from one master-down interval on). By keepalived's own comparison: an instance is the same one
 * for its interface, VRID, family and way of sending, whatever its name. Peers do not notice priority,
 * preemption, checks, notify, prefixes, labels, the order of things, virtual_ipaddress_excluded, an instance more or less;
 * unless an address moves between two instances: then one host may hold it by the old one, another by the new one.
 *
 * A file is compared whoever wrote it. Where it does not tell all that keepalived runs (includes, definitions), every
 * instance counts as visible: nobody can say that it is not.
 */
export function peerVisibleChanges(
  running: readonly Statement[],
  next: KeepalivedConfig | readonly Statement[],
): readonly PeerVisible[] {
  const wanted = statementsOf(next);
  const why = opaqueBy(running);
  if (why !== undefined) return cannotCompare(wanted, why);
  const pairs = pairRouters(running, wanted);
  const moved = movesBetween(pairs);
  return pairs.flatMap(({ old, next: router }) => {
    if (router === undefined) return [];
    const taken = moved.filter(({ to }) => to === router.name);
    if (old === undefined) return taken.map((one) => taking(router, one, true));
    const untold = taken.filter(({ vip }) => !router.vips.has(vip));
    return [...compareRouters(old, router), ...untold.map((one) => taking(router, one, false))];
  });
}

/** Every instance as visible, since what runs cannot be told; `why`: "it includes other files". */
export function cannotCompare(next: KeepalivedConfig | readonly Statement[], why: string): readonly PeerVisible[] {
  const detail = `cannot be compared with the file that stands there: ${why}`;
  return routersOf(statementsOf(next)).map(({ name }) => ({ instance: name, key: 'vrrp_instance', detail }));
}

/** Addresses that go from one instance to another, those that are not advertised too. */
export function movedVips(
  running: readonly Statement[],
  next: KeepalivedConfig | readonly Statement[],
): readonly MovedVip[] {
  return movesBetween(pairRouters(running, statementsOf(next)));
}

/** An instance that keepalived makes anew at a reload, and the keyword for which it does. */
export interface Recreated {
  readonly instance: string;
  readonly key: string;
}

/** Instances that a host's keepalived makes anew while its peers go on hearing it: what they hold goes to a backup meanwhile. */
export function recreatedInstances(
  running: readonly Statement[],
  next: KeepalivedConfig | readonly Statement[],
): readonly Recreated[] {
  return pairRouters(running, statementsOf(next)).flatMap(({ old, next: router }) =>
    old === undefined || router === undefined
      ? []
      : recreatedBy(old, router).map((key) => ({ instance: router.name, key })),
  );
}

function statementsOf(config: KeepalivedConfig | readonly Statement[]): readonly Statement[] {
  return 'vrrp_instances' in config ? parseKeepalivedConf(renderKeepalivedConf(config)) : config;
}

function taking(router: Router, { vip, from }: MovedVip, anew: boolean): PeerVisible {
  const told = router.vips.get(vip);
  const key = told === undefined ? 'virtual_ipaddress_excluded' : 'virtual_ipaddress';
  const detail = `+ ${told ?? router.excluded.get(vip) ?? vip}, from ${from}`;
  return { instance: router.name, key, detail, gets: vip, ...(anew ? { anew } : {}) };
}
