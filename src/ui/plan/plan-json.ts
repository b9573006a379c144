import type { GuardFact } from '../../facts/state/guard.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { HostPlan, Plan } from '../../plan/plan.ts';
import { countChanges } from '../../plan/plan.ts';
import { listVisible } from '../../plan/waves/blocked.ts';
import { impactOf } from '../../plan/waves/impact.ts';
import { planRollout, type Rollout, wavesOf } from '../../plan/waves/plan-rollout.ts';
import type { VipMove } from '../../plan/waves/vip-move.ts';
import { unifiedDiff } from './diff.ts';

/** What `plan --json` prints, through `jsonDocument`. docs/json.md says what the fields mean. */
export type PlanJson = ReturnType<typeof planJson>;

/** The plan in the contract's form; fields may be added, never renamed. Masking is the JSON writer's. */
export function planJson(plan: Plan, inventory?: Inventory) {
  const rollout = inventory === undefined ? { clusters: [] } : planRollout(inventory, plan);
  const blocked = rollout.clusters.flatMap((one) => (one.blocked === undefined ? [] : [[one.cluster, one.blocked]]));
  return {
    format: 1,
    changes: countChanges(plan),
    hosts: Object.fromEntries(plan.hosts.map((host) => [host.host, hostJson(host)])),
    waves: wavesOf(rollout),
    together: togetherOf(rollout),
    blocked: Object.fromEntries(blocked),
    vip_moves: inventory === undefined ? [] : impactOf(inventory, rollout, plan).vipMoves.map(moveJson),
  };
}

function moveJson({ cluster, vip, from, to, by, why, outage, returns }: VipMove) {
  const outage_ms = outage === undefined ? null : { min: outage.min, max: outage.max };
  return { cluster, vip, from, to: to ?? null, by, why, outage_ms, returns };
}

function hostJson(host: HostPlan) {
  const { status, cluster } = host;
  if (host.status !== 'planned') {
    return { status, cluster, changes: [], holds: [], notes: [], guard: null, error: host.error };
  }
  const { holds, notes, guard } = host;
  const changes = host.changes.map((change) => {
    const { task, action, target, detail, phase } = change;
    return { task, action, target, diff: unifiedDiff(change), detail, phase };
  });
  return { status, cluster, changes, holds, notes, guard: guardJson(guard), error: null };
}

/** What guards a host, without what only the run that holds it may know; times in seconds. */
function guardJson({ lease, armed, putBack }: GuardFact) {
  if (lease === null || lease.left <= 0) return { lease: null, armed, put_back: putBack };
  const { run, who, why, heldFor, left } = lease;
  return { lease: { run, who, why, held_for: heldFor, left }, armed, put_back: putBack };
}

/** What all members of a cluster take at once, since peers notice it. */
function togetherOf({ clusters }: Rollout) {
  return clusters.flatMap(({ cluster, batches }) =>
    batches
      .filter(({ kind }) => kind === 'together')
      .map(({ members, recreatedVips = [] }) => {
        const seen = listVisible(
          members.flatMap(({ changes }) => changes.flatMap(({ peerVisible = [] }) => peerVisible)),
        );
        const changes = seen.map(({ instance, key, detail }) => ({ instance, key, detail }));
        return { cluster, hosts: members.map(({ host }) => host), wait_for: recreatedVips, changes };
      }),
  );
}
