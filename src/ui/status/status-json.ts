import type { ErrorReport } from '../../errors.ts';
import type { VrrpPhase } from '../../facts/keepalived/vrrp-state.ts';
import type { MaintenanceFact } from '../../facts/state/maintenance.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { ClusterStatus, HostStatus, InstanceStatus, MemberInstance, Verdict } from '../../operate/status/model.ts';

/** A host as `status --json` gives it; null is "not known", or "there is none". */
export interface StatusJsonHost {
  readonly reachable: boolean;
  readonly keepalived: string | null;
  /** Of its instances the most telling: FAULT before MASTER before BACKUP. */
  readonly state: VrrpPhase | null;
  /** As configured in the first instance. */
  readonly priority: number | null;
  readonly service: string | null;
  readonly instances: Readonly<Record<string, MemberInstance>> | null;
  readonly holds: readonly string[];
  readonly drift: number | null;
  /** Who keeps it standby; null: nobody does, or it is not known. */
  readonly maintenance: MaintenanceFact | null;
  readonly error: ErrorReport | null;
}

/** What `status --json` prints, through `jsonDocument`. */
export interface StatusJson {
  readonly format: 1;
  readonly clusters: Readonly<
    Record<
      string,
      {
        readonly verdict: Verdict;
        readonly reasons: readonly string[];
        readonly instances: Readonly<Record<string, InstanceStatus>>;
        readonly hosts: Readonly<Record<string, StatusJsonHost>>;
      }
    >
  >;
}

const TELLING: readonly VrrpPhase[] = ['FAULT', 'MASTER', 'BACKUP', 'INIT', 'STOP'];

/** The state of a fleet in the contract's form; fields may be added, never renamed. */
export function statusJson(clusters: readonly ClusterStatus[], inventory: Inventory): StatusJson {
  const entries = clusters.map(({ cluster, verdict, reasons, instances, hosts }) => {
    const priorities = inventory.clusters.find(({ name }) => name === cluster);
    const members = Object.entries(hosts).map(([id, host]): [string, StatusJsonHost] => {
      const name = priorities?.hosts.find((one) => one.id === id)?.name ?? id;
      return [id, hostJson(host, priorities?.vrrp_instances[0]?.priority[name] ?? null)];
    });
    return [cluster, { verdict, reasons, instances, hosts: Object.fromEntries(members) }] as const;
  });
  return { format: 1, clusters: Object.fromEntries(entries) };
}

function hostJson(host: HostStatus, priority: number | null): StatusJsonHost {
  if (!host.reachable) {
    const nothing = {
      keepalived: null,
      state: null,
      service: null,
      instances: null,
      holds: [],
      drift: null,
      maintenance: null,
    };
    return { reachable: false, ...nothing, priority, error: host.error };
  }
  const { keepalived, service, instances, holds, drift, maintenance } = host;
  const states = Object.values(instances ?? {}).map(({ state }) => state);
  const state = TELLING.find((phase) => states.includes(phase)) ?? null;
  return { reachable: true, keepalived, state, priority, service, instances, holds, drift, maintenance, error: null };
}
