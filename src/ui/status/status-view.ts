import type { Cluster, Inventory } from '../../inventory/model.ts';
import type { ClusterStatus, HostStatus, SeenHost, Verdict } from '../../operate/status/model.ts';
import type { Paint, Style } from '../terminal/style.ts';
import { alignedRows } from '../terminal/table.ts';

const HEADS = ['CLUSTER', 'INSTANCE', 'VIP', 'HOST', 'STATE', 'PRIO', 'SERVICE', 'DRIFT', 'SINCE'] as const;
const VERDICTS: readonly Verdict[] = ['ok', 'degraded', 'no-master', 'split-brain', 'unknown'];

/**
 * One row for each VIP on each host, whole, so that grep and awk work; then what is wrong, a line each; then the counts.
 * Ends with a newline.
 */
export function renderStatus(clusters: readonly ClusterStatus[], inventory: Inventory, style: Style): string {
  const rows = clusters.flatMap((status) => {
    const cluster = inventory.clusters.find(({ name }) => name === status.cluster);
    return cluster === undefined ? [] : clusterRows(cluster, status, style);
  });
  const [head = '', ...body] = alignedRows([HEADS, ...rows.map(({ cells }) => cells)]);
  const counts = VERDICTS.map((verdict) => `${clusters.filter((one) => one.verdict === verdict).length} ${verdict}`);
  const lines = [
    style.dim(head),
    ...rows.map(({ paint }, at) => paint(body[at] ?? '')),
    ...clusters.flatMap((status) => reasonLines(status, style)),
    style.bold(`STATUS ${counts.join(', ')}`),
  ];
  return style.redact(`${lines.join('\n')}\n`);
}

interface Row {
  readonly cells: readonly string[];
  readonly paint: Paint;
}

function clusterRows(cluster: Cluster, { hosts, instances }: ClusterStatus, style: Style): Row[] {
  return cluster.vrrp_instances.flatMap((instance) =>
    instance.virtual_ipaddress.flatMap(({ address }) =>
      cluster.hosts.map(({ id, name }): Row => {
        const host = hosts[id];
        const holders = Object.entries(hosts).filter(([, one]) => one.reachable && one.holds.includes(address));
        const own = host?.reachable === true && host.holds.includes(address);
        const start = [cluster.name, instance.name, address, name];
        const cells = [...start, ...stateCells(host, instance.name, instance.priority[name])].map(style.line);
        const alarmed = (own && holders.length > 1) || host?.reachable !== true;
        const paint = alarmed ? style.alarm : own ? style.bold : (text: string) => text;
        return { cells, paint: instances[instance.name] === undefined ? style.dim : paint };
      }),
    ),
  );
}

function stateCells(host: HostStatus | undefined, instance: string, priority: number | undefined): string[] {
  const configured = String(priority ?? '-');
  if (host === undefined || !host.reachable) return ['unreachable', configured, '-', '-', '-'];
  const own = host.instances?.[instance];
  const effective = own === undefined || own.effectivePriority === priority ? '' : `>${own.effectivePriority}`;
  return [
    host.maintenance !== null
      ? 'MAINTENANCE'
      : (own?.state ?? (host.keepalived === 'active' ? 'unknown' : host.keepalived)),
    `${configured}${effective}`,
    serviceCell(host),
    host.drift === null ? '?' : String(host.drift),
    own?.since === undefined ? '-' : age(own.since),
  ];
}

function serviceCell({ service }: SeenHost): string {
  if (service === null) return '-';
  return service === 'active' ? 'up' : service;
}

function reasonLines({ cluster, verdict, reasons }: ClusterStatus, style: Style): string[] {
  if (verdict === 'ok') return [];
  const paint = verdict === 'degraded' || verdict === 'unknown' ? style.yellow : style.alarm;
  return reasons.map((reason) => `${paint(verdict.toUpperCase())} ${style.line(cluster)}: ${style.line(reason)}`);
}

/** 45s, 4m, 3h, 12d. */
function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
