import type { Cluster } from '../inventory/model.ts';
import type { RolloutContext } from './batch.ts';
import type { VipOutcome } from './events.ts';
import { vipsOf } from './gates/holders.ts';
import { judgeHolders, verifyHolders } from './gates/one-holder.ts';
import { fail, type HostProgress, isConverged } from './progress.ts';

/** Who holds the VIPs: from the plan's own facts where nothing was done and all is well, else by asking again. */
export async function verifyCluster(
  cluster: Cluster,
  members: readonly HostProgress[],
  { asking, emit, serves }: RolloutContext,
): Promise<readonly VipOutcome[]> {
  const planned = vipsOf(cluster, (host) => {
    const plan = members.find((member) => member.host === host)?.plan;
    return plan?.status === 'planned' ? plan.holds : undefined;
  });
  const blind = isBlind(cluster, asking);
  if (members.every(isConverged) && (!serves || judgeHolders(planned, blind) === undefined)) return planned;
  const active = new Map([...asking].filter(([host]) => members.some((member) => member.host === host)));
  if (active.size === 0) return planned;
  const healthy = members.filter((member) => member.failure === undefined);
  try {
    const seen = await verifyHolders(cluster, active, blind || !serves, emit);
    const error = serves && healthy.length === members.length ? judgeHolders(seen, blind) : undefined;
    if (error !== undefined) for (const member of healthy) fail(member, error);
    return seen;
  } catch (error) {
    for (const member of healthy) fail(member, error);
    return planned;
  }
}

/** There are members that cannot be asked: not reached, or left out by --limit. */
export function isBlind(cluster: Cluster, asking: ReadonlyMap<string, unknown>): boolean {
  const leftOut = cluster.vrrp_instances.some(({ priority }) => Object.keys(priority).length > cluster.hosts.length);
  return leftOut || cluster.hosts.some((host) => !asking.has(host.id));
}
