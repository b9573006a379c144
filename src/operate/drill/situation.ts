import type { Cluster, Instance } from '../../inventory/model.ts';
import { byPriority } from '../../vrrp/priority.ts';
import type { Range } from '../../vrrp/timing.ts';
import { healthyPriorityOf } from '../../vrrp/virtual-router.ts';
import type { Prediction } from './model.ts';

/** A prediction, and what the drill needs to know of it besides. Milliseconds from the fault. */
export interface Forecast extends Prediction {
  /** When the taker has the VIP; undefined: nobody takes it. */
  readonly takeover?: Range;
}

/** Whose fault it is, and in what: names are those of the inventory. */
export interface Situation {
  readonly cluster: Cluster;
  readonly instance: Instance;
  /** Name of the host that holds the VIP, on which the fault is made. */
  readonly holder: string;
}

/** A host that may take the VIP, with what its checks leave of its priority while they succeed. */
export interface Peer {
  readonly host: string;
  readonly priority: number;
}

/** The others, the best first. */
export function peersOf({ cluster, instance, holder }: Situation): readonly Peer[] {
  return byPriority(
    cluster.hosts
      .filter(({ name }) => name !== holder)
      .map(({ name }) => ({ host: name, priority: healthyPriorityOf(instance, name) })),
  );
}
