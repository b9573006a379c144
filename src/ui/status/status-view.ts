import type { Cluster, Inventory } from '../../inventory/model.ts';
import type { ClusterStatus, HostStatus, SeenHost, Verdict } from '../../operate/status/model.ts';
import { quote } from '../../transport/quote.ts';
import type { Paint, Style } from '../terminal/style.ts';
import { alignedRows } from '../terminal/table.ts';
import { columnsOf, hanging } from '../terminal/text.ts';

const HEADS = ['CLUSTER', 'INSTANCE', 'VIP', 'HOST', 'STATE', 'PRIO', 'SERVICE', 'DRIFT', 'SINCE'] as const;
const VERDICTS: readonly Verdict[] = ['ok', 'degraded', 'no-master', 'split-brain', 'unknown'];

/**
 * One row for each VIP on each host, whole, so that grep and awk work; what its marks mean; then what is wrong, a line
 * each, the next command, and the counts in the colour of the worst. Ends with a newline.
 */
export function renderStatus(clusters: readonly ClusterStatus[], inventory: Inventory, style: Style): string {
  const rows = clusters.flatMap((status) => {
    const cluster = inventory.clusters.find(({ name }) => name === status.cluster);
    return cluster === undefined ? [] : clusterRows(cluster, status, style);
  });
  const [head = '', ...body] = tableLines([HEADS, ...rows.map(({ cells }) => cells)], style);
  const counts = VERDICTS.map((verdict) => `${clusters.filter((one) => one.verdict === verdict).length} ${verdict}`);
  const lines = [
    style.dim(head),
    ...rows.map(({ paint }, at) => paint(body[at] ?? '')),
    ...legendLines(rows, style),
    ...clusters.flatMap((status) => reasonLines(status, style)),
    ...nextLines(clusters, inventory, style),
    verdictPaint(clusters, style)(`STATUS ${counts.join(', ')}`),
  ];
  return style.redact(`${lines.join('\n')}\n`);
}

/** On a terminal that is too narrow for it the last column is left out: broken rows are hard to read. */
function tableLines(rows: readonly (readonly string[])[], style: Style): string[] {
  const lines = alignedRows(rows);
  const fits = !style.terminal || lines.every((line) => columnsOf(line) <= style.columns);
  return fits ? lines : alignedRows(rows.map((cells) => cells.slice(0, -1)));
}

const [PRIO, DRIFT] = [HEADS.indexOf('PRIO'), HEADS.indexOf('DRIFT')];

function legendLines(rows: readonly Row[], style: Style): string[] {
  const moved = rows.some(({ cells }) => cells[PRIO]?.includes('>') === true);
  const drifted = rows.some(({ cells }) => /^[1-9]/.test(cells[DRIFT] ?? ''));
  return [
    ...(moved ? ['PRIO 120>100: 120 is configured, 100 is the priority now, after failed checks or weights'] : []),
    ...(drifted ? ['DRIFT: changes that an apply would make'] : []),
  ].map((line) => style.dim(line));
}

/** The command that says more, or mends. */
function nextLines(clusters: readonly ClusterStatus[], inventory: Inventory, style: Style): string[] {
  const bad = clusters.filter(({ verdict }) => verdict !== 'ok');
  const path = quote(style.line(inventory.file));
  const only = (some: readonly ClusterStatus[]): string =>
    some.length === clusters.length || some.length > 8
      ? ''
      : ` --limit ${some.map(({ cluster }) => quote(style.line(cluster))).join(',')}`;
  if (bad.length > 0) return [`Next: haprov doctor ${path}${only(bad)}`];
  const drifted = clusters.filter(({ hosts }) =>
    Object.values(hosts).some((host) => host.reachable && (host.drift ?? 0) > 0),
  );
  return drifted.length === 0 ? [] : [`Next: haprov plan ${path}${only(drifted)}`];
}

function verdictPaint(clusters: readonly ClusterStatus[], style: Style): Paint {
  const has = (...verdicts: readonly Verdict[]): boolean => clusters.some(({ verdict }) => verdicts.includes(verdict));
  if (has('split-brain', 'no-master')) return style.alarm;
  return has('degraded', 'unknown') ? style.yellow : style.green;
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
        const worried = host?.reachable === true && isWorrying(host, instance.name);
        const paint = alarmed ? style.alarm : worried ? style.yellow : own ? style.bold : (text: string) => text;
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

/** It would not do at a failover, or is not as the inventory says. */
function isWorrying({ instances, keepalived, service, drift, maintenance }: SeenHost, instance: string): boolean {
  const state = instances?.[instance]?.state;
  const idle = keepalived !== 'active' || (service !== null && service !== 'active');
  return idle || maintenance !== null || (drift ?? 0) > 0 || (state !== 'MASTER' && state !== 'BACKUP');
}

function serviceCell({ service }: SeenHost): string {
  if (service === null) return '-';
  return service === 'active' ? 'up' : service;
}

function reasonLines({ cluster, verdict, reasons }: ClusterStatus, style: Style): string[] {
  if (verdict === 'ok') return [];
  const paint = verdict === 'degraded' || verdict === 'unknown' ? style.yellow : style.alarm;
  return reasons.flatMap((reason) => {
    const text = `${style.line(cluster)}: ${style.line(reason)}`;
    const label = `${verdict.toUpperCase()} `;
    return hanging(label, text, style.terminal ? style.columns : Number.POSITIVE_INFINITY, paint);
  });
}

/** 45s, 4m, 3h, 12d. */
function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
