import type { Change } from '../../changes/change.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { Range } from '../../vrrp/timing.ts';
import type { Plan } from '../plan.ts';
import { unitOf } from './passes.ts';
import type { Rollout } from './plan-rollout.ts';
import { simulate } from './simulate.ts';

/** A VIP that goes to another host because of a rollout. */
export interface VipMove {
  readonly cluster: string;
  readonly vip: string;
  /** Host id of the holder of then. */
  readonly from: string;
  /** Host id of the likely taker; undefined: there is no other host. */
  readonly to: string | undefined;
  /** Host id of the one whose change it comes from. */
  readonly by: string;
  /** What that one does: "restarts keepalived", "changes interface". */
  readonly why: string;
  /**
   * handover: before the holder is disturbed. together: by what all members take at once. election: a better host takes
   * over, or the holder is gone for good.
   */
  readonly kind: 'handover' | 'together' | 'election';
  /** For how long it does not answer, predicted; milliseconds. undefined: it answers throughout. */
  readonly outage: Range | undefined;
  /** The holder of then takes it back afterwards, while it answers. */
  readonly returns: boolean;
}

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
