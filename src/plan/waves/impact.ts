import type { Change } from '../../changes/change.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { Plan } from '../plan.ts';
import { unitOf } from './passes.ts';
import type { Rollout } from './plan-rollout.ts';
import { simulate } from './simulate.ts';
import type { VipMove } from './vip-move.ts';

/** What a rollout does to VIPs and services. */
export interface Impact {
  readonly vipMoves: readonly VipMove[];
  /** How many services are reloaded, restarted, started, stopped. */
  readonly services: Readonly<Record<'restart' | 'reload' | 'start' | 'stop', number>>;
}

/** Predicted from what the hosts are now and what the plan makes of them. Pure. */
export function impactOf(inventory: Inventory, rollout: Rollout, plan: Plan): Impact {
  const clusters = new Map(inventory.clusters.map((cluster) => [cluster.name, cluster]));
  const all = rollout.clusters.flatMap(({ batches }) =>
    batches.flatMap(({ members }) => members.flatMap((one) => one.changes)),
  );
  const services = all.filter((change) => unitOf(change) !== undefined);
  const count = (action: Change['action']): number => services.filter((change) => change.action === action).length;
  return {
    vipMoves: rollout.clusters.flatMap(({ cluster: name, batches }) => {
      const cluster = clusters.get(name);
      const hosts = plan.hosts.filter((host) => host.cluster === name);
      return cluster === undefined ? [] : simulate(cluster, batches, hosts);
    }),
    services: { restart: count('restart'), reload: count('reload'), start: count('start'), stop: count('stop') },
  };
}
