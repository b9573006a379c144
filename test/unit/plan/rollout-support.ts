import type { Cluster, Inventory } from '../../../src/inventory/model.ts';
import type { HostPlan, Plan } from '../../../src/plan/plan.ts';
import type { Change, PeerVisible } from '../../../src/tasks/change.ts';
import { HOST_PATHS } from '../../../src/vrrp/paths.ts';
import { readInventory } from '../../support/read-inventory.ts';
import { NO_GUARD } from '../facts/no-guard.ts';

/** An inventory of clusters by their hosts, the first host with the highest priority; cluster n has the VIP 10.0.n.100. */
export function inventoryOf(clusters: Readonly<Record<string, readonly string[]>>): Inventory {
  const text = Object.entries(clusters)
    .map(
      ([name, hosts], index) => `  ${name}:
    service: nginx
    hosts: { ${hosts.map((host, at) => `${host}: 10.0.${index}.${at + 1}`).join(', ')} }
    vrrp_instances:
      VI_1:
        virtual_router_id: ${index + 1}
        interface: eth0
        priority: { ${hosts.map((host, at) => `${host}: ${200 - 10 * at}`).join(', ')} }
        virtual_ipaddress: [10.0.${index}.100/24]
`,
    )
    .join('');
  return readInventory(`clusters:\n${text}`, 'prod.yaml');
}

/** The inventory with --limit: only these hosts. */
export function limitedTo(inventory: Inventory, ...ids: readonly string[]): Inventory {
  const clusters = inventory.clusters.map((cluster): Cluster => {
    return { ...cluster, hosts: cluster.hosts.filter(({ id }) => ids.includes(id)) };
  });
  return { ...inventory, clusters: clusters.filter(({ hosts }) => hosts.length > 0) };
}

function change(part: Partial<Change> & Pick<Change, 'action' | 'target'>): Change {
  return {
    task: `${part.action} ${part.target}`,
    module: 'file',
    detail: '',
    phase: 'activate',
    data: [],
    notify: [],
    ...part,
  };
}

export function serviceChange(action: Change['action'], unit: string): Change {
  return change({ action, target: `service ${unit}`, module: 'service', unit, task: `${action} ${unit}` });
}

export const FILE = change({ action: 'update', target: '/etc/x' });
export const COMMAND = change({ action: 'run', target: 'command', module: 'command' });
export const PREPARED = change({ action: 'install', target: 'package nginx', phase: 'prepare' });
export const RELOAD = serviceChange('reload', 'keepalived');
export const RESTART = serviceChange('restart', 'keepalived');
export const START = serviceChange('start', 'keepalived');

/** keepalived.conf, and what peers notice of it. */
export function conf(...peerVisible: readonly PeerVisible[]): Change {
  const seen = peerVisible.length === 0 ? {} : { peerVisible };
  return change({ action: 'update', target: HOST_PATHS.keepalivedConf, notify: [RELOAD.task], ...seen });
}

export const NEW_VIP: PeerVisible = { instance: 'VI_1', key: 'virtual_ipaddress', detail: '+ 10.0.0.101/24' };
export const NEW_ID: PeerVisible = { instance: 'VI_1', key: 'virtual_router_id', detail: '1 -> 9', anew: true };

export function planned(
  host: string,
  changes: readonly Change[],
  holds: readonly string[] = [],
  cluster = 'web',
): HostPlan {
  return { host, cluster, status: 'planned', changes, holds, guard: NO_GUARD, notes: [] };
}

export function unreachable(host: string, cluster = 'web'): HostPlan {
  return { host, cluster, status: 'unreachable', error: { message: 'no answer' } };
}

export function planOf(...hosts: readonly HostPlan[]): Plan {
  return { format: 1, inventory: 'prod.yaml', hosts };
}
