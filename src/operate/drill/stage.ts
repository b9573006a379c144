import type { Cluster } from '../../inventory/model.ts';
import type { HostTasks } from '../../plan/plan-host.ts';
import { getStatus } from '../status/get-status.ts';
import type { ClusterStatus } from '../status/model.ts';
import type { Vantage } from './client.ts';
import type { EmitDrill } from './events.ts';
import type { Connections } from './members.ts';
import type { MemberWatch } from './watch-member.ts';

/** What all of a drill has in common. */
export interface DrillSettings {
  readonly connections: Connections;
  /** undefined: this machine. */
  readonly vantage: Vantage;
  /** A path, or a URL as it stands; undefined: chosen. */
  readonly url: string | undefined;
  readonly budgetMs: number;
  /** How long a host waits without a word before it puts itself right. */
  readonly healSeconds: number;
  /** What other runs are told that this one does. */
  readonly why: string;
  /** The first interrupt: what is broken is put right, and nothing further begun. */
  readonly signal: AbortSignal;
  readonly emit: EmitDrill;
}

/** A cluster that is being drilled. */
export interface Stage extends DrillSettings {
  readonly cluster: Cluster;
  readonly watches: readonly MemberWatch[];
  readonly target: string;
}

/** How a cluster stands; whether it is as the inventory says does not matter here, and is not asked. */
export async function statusOf(cluster: Cluster, { open }: Connections, signal: AbortSignal): Promise<ClusterStatus> {
  const hosts = cluster.hosts.map((host): HostTasks => ({ cluster, host, tasks: [], handlers: [] }));
  const inventory = { file: '', directory: '', forks: cluster.hosts.length, clusters: [cluster] };
  const [status] = await getStatus({ inventory, hosts, open: ({ host }) => open(host), signal });
  if (status === undefined) throw new Error(`no status of ${cluster.name}`);
  return status;
}

/** Why a cluster cannot be drilled as it stands, as a clause; undefined where it can. */
export function notOk({ verdict, reasons }: ClusterStatus): string | undefined {
  return verdict === 'ok' ? undefined : `its verdict is ${verdict}: ${reasons.join('; ')}`;
}
