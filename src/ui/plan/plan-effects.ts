import type { Change } from '../../changes/change.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { Plan } from '../../plan/plan.ts';
import { impactOf } from '../../plan/waves/impact.ts';
import { isDisturbing, isOfKeepalived, isPeerVisible, unitOf } from '../../plan/waves/passes.ts';
import type { Rollout } from '../../plan/waves/plan-rollout.ts';
import type { VipMove } from '../../plan/waves/vip-move.ts';
import { formatRange } from '../../vrrp/timing.ts';

/** What a change of a host does to the VIP, in a few words; empty where there is nothing to say. */
export type EffectOf = (host: string, change: Change) => string;

/** The effects of a plan's changes, by what the hosts hold now. */
export function effectsOf(inventory: Inventory, plan: Plan, rollout: Rollout): EffectOf {
  const { vipMoves } = impactOf(inventory, rollout, plan);
  const places = new Map(
    rollout.clusters.flatMap(({ cluster: name, batches, blocked }) => {
      const cluster = inventory.clusters.find((one) => one.name === name);
      const hosts = plan.hosts.filter((host) => host.cluster === name);
      const holder = hosts.find((host) => host.status === 'planned' && host.holds.length > 0)?.host;
      return hosts.map(
        (host) => [host.host, { host, cluster, holder, batches, blocked: blocked !== undefined }] as const,
      );
    }),
  );
  return (id, change) => {
    const { host, cluster, holder, batches = [], blocked } = places.get(id) ?? {};
    if (change.phase !== 'activate') return '';
    if (cluster === undefined || host?.status !== 'planned') return '(activate)';
    if (blocked === true) return '(not now: blocked)';
    if (isPeerVisible(change)) return '(together)';
    const disturbing = isDisturbing(change, cluster);
    const starts = batches.some(({ kind }) => kind === 'start');
    if (unitOf(change) === undefined || starts) return '(activate)';
    if (!['reload', 'restart', 'stop'].includes(change.action)) return '(activate)';
    if (host.holds.length === 0) return disturbing && holder !== undefined ? `VIP stays on ${holder}` : 'VIP stays';
    const moves = (kind: VipMove['kind']) => vipMoves.filter((move) => move.from === id && move.kind === kind);
    if (disturbing) return leaving(moves('handover'), host.holds.length);
    const anew = host.changes.some(({ recreates = [] }) => recreates.length > 0);
    const moved = isOfKeepalived(change) ? [...moves('together'), ...(anew ? moves('handover') : [])] : [];
    return moved.length === 0 ? 'VIP stays' : leaving(moved, host.holds.length);
  };
}

/** "VIP moves to lb2 first, 0.41s", "1 of 3 VIPs moves to lb2 first". */
function leaving(moves: readonly VipMove[], held: number): string {
  const [{ to, outage } = {}] = moves;
  if (to === undefined) return 'VIP does not answer meanwhile';
  const few = `${moves.length} of ${held} VIPs`;
  const what = held === 1 ? 'VIP' : moves.length === held ? `${held} VIPs` : few;
  return `${what} ${moves.length === 1 ? 'moves' : 'move'} to ${to} first${outage === undefined ? '' : `, ${formatRange(outage)}`}`;
}

/** The effect of a change that several hosts share. */
export function sharedEffect(effects: readonly string[]): string {
  const [first = '', ...more] = new Set(effects);
  if (more.length === 0) return first;
  const told = effects.filter((effect) => effect !== '' && !effect.startsWith('('));
  if (told.length === 0) return effects.includes('(activate)') ? '(activate)' : first;
  return told.some((effect) => / moves? to /.test(effect)) ? 'VIP moves first where it is held' : 'VIP stays';
}
