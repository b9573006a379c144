import type { Cluster } from '../../inventory/model.ts';
import { masterDown } from '../../vrrp/timing.ts';
import { virtualRouterOf } from '../../vrrp/virtual-router.ts';
import { type Member, running } from './check.ts';

const SHORTEST = 5;
const LONGEST = 30;

/**
 * Seconds to observe a cluster: at least two adverts of its slowest instance. Where several hosts are masters, two
 * master-down intervals: elections overlap for a moment, and that is no split brain.
 */
export async function watchSeconds(cluster: Cluster, members: readonly Member[]): Promise<number> {
  const seen = await Promise.allSettled(members.map(running));
  const states = seen.flatMap((one) => (one.status === 'fulfilled' ? (one.value?.instances ?? []) : []));
  const needed = cluster.vrrp_instances.map((instance) => {
    const { adverts } = virtualRouterOf(instance);
    const masters = states.filter((state) => state.name === instance.name && state.state === 'MASTER').length;
    return masters > 1 ? (2 * masterDown(1, adverts)) / 1000 : 2 * adverts.intervalSeconds + 1;
  });
  return Math.ceil(Math.min(LONGEST, Math.max(SHORTEST, ...needed)));
}
