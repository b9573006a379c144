import type { VrrpPhase } from '../../facts/keepalived/vrrp-state.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { ClusterStatus, HostStatus } from '../../operate/status/model.ts';

/** What `status --json` prints, through `jsonDocument`. docs/json.md says what the fields mean. */
export type StatusJson = ReturnType<typeof statusJson>;

/** Of a host's instances the most telling state stands for it. */
const TELLING: readonly VrrpPhase[] = ['FAULT', 'MASTER', 'BACKUP', 'INIT', 'STOP'];

/** What is not known of a host, or not there. */
const UNKNOWN = {
  ...{ keepalived: null, state: null, service: null, instances: null },
  ...{ holds: [], drift: null, maintenance: null },
};

/** The state of a fleet in the contract's form; fields may be added, never renamed. */
export function statusJson(clusters: readonly ClusterStatus[], inventory: Inventory) {
  const entries = clusters.map(({ cluster, verdict, reasons, instances, hosts }) => {
    const known = inventory.clusters.find(({ name }) => name === cluster);
    const members = Object.entries(hosts).map(([id, host]) => {
      const name = known?.hosts.find((one) => one.id === id)?.name ?? id;
      return [id, hostJson(host, known?.vrrp_instances[0]?.priority[name] ?? null)] as const;
    });
    return [cluster, { verdict, reasons, instances, hosts: Object.fromEntries(members) }] as const;
  });
  return { format: 1, clusters: Object.fromEntries(entries) };
}

/** `priority`: as configured in the first instance. */
function hostJson(host: HostStatus, priority: number | null) {
  if (!host.reachable) return { reachable: false, ...UNKNOWN, priority, error: host.error };
  const { keepalived, service, instances, holds, drift, maintenance } = host;
  const states = Object.values(instances ?? {}).map(({ state }) => state);
  const state = TELLING.find((phase) => states.includes(phase)) ?? null;
  return { reachable: true, keepalived, state, priority, service, instances, holds, drift, maintenance, error: null };
}
