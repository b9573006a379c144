import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/model.ts';
import type { HostPlan, Plan } from '../../../src/plan/plan.ts';
import { generationsOf, hostsToLock, isBusy, withoutUnlocked } from '../../../src/rollout/phases/lease.ts';
import type { Session } from '../../../src/transport/session.ts';
import { NO_GUARD } from '../facts/no-guard.ts';
import { clusterWith } from '../tasks/support.ts';
import { change, planned } from '../ui/plans.ts';

const CLUSTER = clusterWith();
const INVENTORY: Inventory = { file: 'i.yaml', directory: '/', forks: 1, clusters: [CLUSTER] };
const ARMED = { ...NO_GUARD, generation: 'g1', armed: { state: 'armed', run: 'r1', who: 'a@ops', left: 40 } } as const;

function gathered(...hosts: HostPlan[]): { plan: Plan; sessions: ReadonlyMap<string, Session> } {
  const sessions = CLUSTER.hosts.map((host): [string, Session] => [
    host.id,
    { host, run: async () => ({ code: 0, stdout: '', stderr: '' }), close: () => undefined },
  ]);
  return { plan: { format: 1, inventory: 'i.yaml', hosts }, sessions: new Map(sessions) };
}
const locked = (...hosts: HostPlan[]): string[] => [...hostsToLock(gathered(...hosts), INVENTORY).keys()];
const converged = planned('lb1', []);
const armed: HostPlan = {
  host: 'lb2',
  cluster: 'web',
  status: 'planned',
  changes: [],
  holds: [],
  notes: [],
  guard: ARMED,
};

describe('the hosts that a run locks', () => {
  it('are all members of a cluster of which one has changes', () => {
    const busy = planned('lb2', [change({ action: 'create', target: '/etc/x' })]);
    expect(locked(converged, busy)).toEqual(['lb1', 'lb2']);
  });

  it('are none where nothing is to be done', () => {
    expect(locked(converged, planned('lb2', []))).toEqual([]);
  });

  it('are those too that a run has left armed: they look converged, and are about to go back', () => {
    expect(isBusy(armed)).toBe(true);
    expect(locked(converged, armed)).toEqual(['lb1', 'lb2']);
  });
});

describe('what was known when the plan was made', () => {
  it('is the generation of each host that could be planned', () => {
    const bad: HostPlan = { host: 'lb1', cluster: 'web', status: 'failed', error: { message: 'no' } };
    expect([...generationsOf(gathered(bad, armed).plan)]).toEqual([['lb2', 'g1']]);
  });
});

describe('a host that could not be locked', () => {
  it('has failed, with the reason', () => {
    const { plan } = gathered(converged, armed);
    const { hosts } = withoutUnlocked(plan, { failed: new Map([['lb2', new Error('no space left')]]) });
    expect(hosts[0]).toBe(converged);
    expect(hosts[1]).toMatchObject({ host: 'lb2', status: 'failed', error: { host: 'lb2' } });
  });
});
