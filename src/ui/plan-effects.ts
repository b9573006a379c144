import type { Inventory } from '../inventory/model.ts';
import type { Plan } from '../plan/plan.ts';
import { handovers, isDisturbing } from '../plan/rollout/impact.ts';
import { isOfKeepalived, isVisible, unitOf } from '../plan/rollout/passes.ts';
import type { Rollout } from '../plan/rollout.ts';
import type { Change } from '../tasks/change.ts';
import { formatRange } from '../vrrp/timing.ts';

/** What a change of a host does to the VIP, in a few words; empty where there is nothing to say. */
export type EffectOf = (host: string, change: Change) => string;

/** The effects of a plan's changes, by what the hosts hold now. */
export function effectsOf(inventory: Inventory, plan: Plan, rollout: Rollout): EffectOf {
  const places = new Map(
    rollout.clusters.flatMap(({ cluster: name, moves, blocked }) => {
      const cluster = inventory.clusters.find((one) => one.name === name);
      const hosts = plan.hosts.filter((host) => host.cluster === name);
      const holder = hosts.find((host) => host.status === 'planned' && host.holds.length > 0)?.host;
      const starts = moves.some(({ kind }) => kind === 'start');
      // While instances are made anew, the first of them all has the VIPs.
      const anew = moves.find(({ newRouterId }) => newRouterId === true)?.members[0]?.host;
      return hosts.map(
        (host) => [host.host, { host, cluster, holder, starts, anew, blocked: blocked !== undefined }] as const,
      );
    }),
  );
  return (id, change) => {
    const place = places.get(id);
    if (change.phase !== 'activate') return '';
    if (place === undefined || place.cluster === undefined || place.host.status !== 'planned') return '(activate)';
    if (place.blocked) return '(not now: blocked)';
    if (isVisible(change)) return '(together)';
    if (unitOf(change) === undefined || place.starts || change.action === 'start' || change.action === 'enable')
      return '(activate)';
    const { holds } = place.host;
    if (!isDisturbing(change)) {
      const leaves = isOfKeepalived(change) && holds.length > 0 && place.anew !== undefined && place.anew !== id;
      return leaves ? `VIP moves to ${place.anew} first` : 'VIP stays';
    }
    if (holds.length === 0) return place.holder === undefined ? 'holds no VIP' : `VIP stays on ${place.holder}`;
    const [first] = handovers(place.cluster, { host: id, holds, changes: [change] });
    const what = holds.length === 1 ? 'VIP moves' : `${holds.length} VIPs move`;
    if (first?.to === undefined) return 'VIP does not answer meanwhile';
    return `${what} to ${first.to} first${first.outage === undefined ? '' : `, ${formatRange(first.outage)}`}`;
  };
}

/** The effect of a change that several hosts share. */
export function sharedEffect(effects: readonly string[]): string {
  const [first = '', ...more] = new Set(effects);
  if (more.length === 0) return first;
  const told = effects.filter((effect) => effect !== '' && !effect.startsWith('('));
  if (told.length === 0) return effects.includes('(activate)') ? '(activate)' : first;
  return told.some((effect) => / moves? to /.test(effect)) ? 'VIP moves first where it is held' : 'VIP stays';
}
