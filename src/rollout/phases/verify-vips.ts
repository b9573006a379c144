import type { RolloutContext } from '../context.ts';
import { isBlind, vipsOf } from '../gates/holders.ts';
import { judgeHolders, verifyHolders } from '../gates/one-holder.ts';
import { fail, isConverged } from '../progress.ts';
import type { ClusterEnd } from './close.ts';

/** Who holds the VIPs: from the plan's own facts where nothing was done and all is well, else by asking again. */
export async function verifyVips(end: ClusterEnd, { asking, emit, serves }: RolloutContext): Promise<void> {
  const { cluster, members } = end;
  end.vips = vipsOf(cluster, (host) => {
    const plan = members.find((member) => member.host === host)?.plan;
    return plan?.status === 'planned' ? plan.holds : undefined;
  });
  const blind = isBlind(cluster, asking);
  if (members.every(isConverged) && (!serves || judgeHolders(end.vips, blind) === undefined)) return;
  const active = new Map([...asking].filter(([host]) => members.some((member) => member.host === host)));
  if (active.size === 0) return;
  const healthy = members.filter((member) => member.failure === undefined);
  try {
    end.vips = await verifyHolders(cluster, active, blind || !serves, emit);
    const error = serves && healthy.length === members.length ? judgeHolders(end.vips, blind) : undefined;
    if (error !== undefined) throw error;
  } catch (error) {
    for (const member of healthy) fail(member, error);
  }
}
