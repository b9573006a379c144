import type { VrrpPhase } from '../../../../src/facts/keepalived/vrrp-state.ts';
import type { MaintenanceFact } from '../../../../src/facts/state/maintenance.ts';
import type { Cluster } from '../../../../src/inventory/model.ts';
import type { ClusterStatus, HostStatus, SeenHost } from '../../../../src/operate/status/model.ts';
import { judgeCluster } from '../../../../src/operate/status/verdict.ts';
import { readCluster } from '../../../support/read-inventory.ts';
import { NO_GUARD } from '../../facts/no-guard.ts';

/** A cluster of hosts with these priorities, with one VIP or with a second one whose order is the other way about. */
export function clusterOf(
  priorities: Readonly<Record<string, number>>,
  more: { nopreempt: boolean; two?: true },
): Cluster {
  const names = Object.keys(priorities);
  const instance = (name: string, id: number, vip: string, values: readonly number[]): string => `
      ${name}:
        virtual_router_id: ${id}
        interface: eth0
        priority: { ${names.map((one, index) => `${one}: ${values[index]}`).join(', ')} }
        virtual_ipaddress: [${vip}/24]
        nopreempt: ${more.nopreempt}`;
  const values = Object.values(priorities);
  const text = `clusters:
  web:
    service: none
    hosts: { ${names.map((name, index) => `${name}: 192.168.1.${10 + index}`).join(', ')} }
    vrrp_instances:${instance('VI_1', 51, VIP, values)}${more.two === true ? instance('VI_2', 52, VIP_2, values.toReversed()) : ''}
`;
  return readCluster(text);
}

export const VIP = '192.168.1.100';
export const VIP_2 = '192.168.1.101';

export const KEPT: MaintenanceFact = { who: 'ada@ops', since: '2026-11-22T14:03:05Z', reason: '', kind: 'switchover' };

/** What each host has of each instance; `kept` is in maintenance, `down` runs no keepalived. */
export type States = Readonly<Record<string, readonly VrrpPhase[] | MaintenanceFact | 'down'>>;

/** The status of a cluster in which hosts have these states, by the same verdict as on hosts. */
export function statusOf(cluster: Cluster, states: States): ClusterStatus {
  const hosts = Object.entries(states).map(([id, state]): [string, HostStatus] => [id, seen(cluster, id, state)]);
  return judgeCluster(cluster, Object.fromEntries(hosts));
}

function seen(cluster: Cluster, id: string, state: States[string]): SeenHost {
  const rest = { reachable: true, service: null, checks: [], drift: 0, guard: NO_GUARD, cannotSee: [] } as const;
  if (!Array.isArray(state)) {
    const maintenance = typeof state === 'object' && 'who' in state ? state : null;
    return { ...rest, keepalived: 'inactive', instances: null, holds: [], maintenance };
  }
  const instances = cluster.vrrp_instances.map(({ name, priority }, index) => {
    return [name, { state: state[index] ?? 'BACKUP', effectivePriority: priority[id] ?? 0 }] as const;
  });
  const held = cluster.vrrp_instances.filter((_, index) => state[index] === 'MASTER');
  return {
    ...rest,
    keepalived: 'active',
    instances: Object.fromEntries(instances),
    holds: held.flatMap(({ virtual_ipaddress }) => virtual_ipaddress.map(({ address }) => address)),
    maintenance: null,
  };
}
