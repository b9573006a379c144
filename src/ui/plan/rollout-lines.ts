import { isInTwoSteps } from '../../changes/steps.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Batch } from '../../plan/waves/batch.ts';
import { listVisible } from '../../plan/waves/blocked.ts';
import { type Impact, impactOf } from '../../plan/waves/impact.ts';
import type { Rollout } from '../../plan/waves/plan-rollout.ts';
import type { VipMove } from '../../plan/waves/vip-move.ts';
import { formatRange } from '../../vrrp/timing.ts';
import { groupBy } from '../terminal/group.ts';
import type { Style } from '../terminal/style.ts';
import { counted, pad, wrapText } from '../terminal/text.ts';

// Further ones are counted, unless --verbose.
const NAMED = 10;
const LABEL = 13;
const INDENT = 'TOGETHER'.length + 2;

interface Options {
  readonly verbose?: boolean;
}
type Placed = Batch & { readonly cluster: string };

/** Clusters of which nothing may be activated, and why. */
export function blockedLines({ clusters }: Rollout, style: Style, { verbose = false }: Options): string[] {
  const blocked = clusters.filter((cluster) => cluster.blocked !== undefined);
  const shown = verbose ? blocked : blocked.slice(0, NAMED);
  const lines = shown.flatMap(({ cluster, blocked: why = '' }) => {
    const [first = '', ...more] = wrapText(`${style.line(cluster)}: ${style.line(why)}`, style.columns - LABEL);
    return [`${style.alarm(pad('BLOCKED', LABEL))}${first}`, ...more.map((line) => `${' '.repeat(LABEL)}${line}`)];
  });
  const rest = blocked.length - shown.length;
  return rest === 0
    ? lines
    : [...lines, `${' '.repeat(LABEL)}and ${counted(rest, 'more cluster')} (--verbose names them)`];
}

/** The waves in which a plan is activated, and what they do to the VIPs. No lines where nothing is activated. */
export function rolloutLines(
  inventory: Inventory,
  plan: Plan,
  rollout: Rollout,
  style: Style,
  options: Options,
): string[] {
  const longest = Math.max(0, ...rollout.clusters.map(({ batches }) => batches.length));
  if (longest === 0) return [];
  const batches = rollout.clusters.flatMap(({ cluster, batches: own }) =>
    own.map((batch, wave) => ({ ...batch, cluster, wave })),
  );
  const waves = Array.from({ length: longest }, (_, index) => batches.filter(({ wave }) => wave === index));
  const width = String(longest).length;
  return [
    ...waves.flatMap((wave, index) => {
      const text = waveText(wave, options.verbose === true).map(style.line);
      return labelled(`WAVE ${String(index + 1).padStart(width)}`, text.join(', '), style);
    }),
    ...togetherLines(
      batches.filter(({ kind }) => kind === 'together'),
      style,
      options,
    ),
    ...labelled('IMPACT', style.line(impactText(impactOf(inventory, rollout, plan), options.verbose === true)), style),
  ];
}

function waveText(wave: readonly Placed[], verbose: boolean): readonly string[] {
  if (verbose || wave.length <= NAMED) return wave.map(entry);
  const of = (kind: Batch['kind']): readonly Placed[] => wave.filter((batch) => batch.kind === kind);
  const alone = of('one');
  const holding = alone.filter(({ members }) => members.some(({ holds }) => holds.length > 0)).length;
  const who =
    holding === 0 ? 'none holds a VIP' : holding === alone.length ? 'each holds a VIP' : `${holding} hold a VIP`;
  return [
    ...(alone.length === 0 ? [] : [`${counted(alone.length, 'host')}, each of another cluster (${who})`]),
    ...(of('together').length === 0 ? [] : [`${counted(of('together').length, 'cluster')} together`]),
    ...(of('start').length === 0
      ? []
      : [`${counted(of('start').length, 'cluster')} at once (nothing is served there yet)`]),
  ];
}

function entry({ kind, cluster, members }: Placed): string {
  const [first = '', ...more] = members.map(({ host }) => bare(host, cluster));
  const names = `${cluster}/${[first, ...more].join(' + ')}`;
  if (kind === 'together') return `${names} together`;
  if (kind === 'start') return `${names} ${more.length === 0 ? 'starts' : 'start'} (nothing is served yet)`;
  const holds = members.flatMap((member) => member.holds);
  return holds.length === 0 ? names : `${names} (holds ${holds.join(' ')})`;
}

/** A host's name within its cluster. */
function bare(host: string, cluster: string): string {
  return host.startsWith(`${cluster}/`) ? host.slice(cluster.length + 1) : host;
}

/** What peers notice: in what order for a few clusters, once for many that have the same of it. */
function togetherLines(batches: readonly Placed[], style: Style, { verbose = false }: Options): string[] {
  const all = [...groupBy(batches, visibleText)].flatMap(([text, same]) =>
    same.length > 3 && !verbose
      ? [`${counted(same.length, 'cluster')}: ${text}`]
      : same.map((batch) => `${batch.cluster}: ${orderText(batch)}: ${text}`),
  );
  const shown = verbose ? all : all.slice(0, NAMED);
  const rest = all.length - shown.length;
  const last = rest === 0 ? [] : [`${rest} more (--verbose names them)`];
  return [...shown, ...last].flatMap((text) => labelled('TOGETHER', style.line(text), style));
}

/** "lb1, then lb2 at once"; "lb2 until it holds 10.0.0.5, then lb1 at once". */
function orderText({ cluster, members, recreatesInstance, recreatedVips = [] }: Placed): string {
  const [first = '', ...more] = members.map(({ host }) => bare(host, cluster));
  if (more.length === 0) return first;
  const wait = recreatesInstance === true ? ` until it holds ${recreatedVips.join(' ')}` : '';
  const twice = members.some(({ changes }) => changes.some(isInTwoSteps));
  return `${first}${wait}, then ${more.join(', ')} at once${twice ? ', in two reloads' : ''}`;
}

function visibleText({ members }: Batch): string {
  const all = listVisible(members.flatMap(({ changes }) => changes.flatMap(({ peerVisible = [] }) => peerVisible)));
  if (all.length === 0) return 'a reload that an earlier apply owes';
  const names = groupBy(all, ({ instance, key }) => `${instance} ${key}`);
  return [...names].map(([name, same]) => `${name} ${same.map(({ detail }) => detail).join(' ')}`).join(', ');
}

/** "1 VIP moves: 10.0.1.100 to lb4 and back, 0.26s of downtime (lb3 restarts keepalived); 2 restarts". What does not happen is not said. */
function impactText({ vipMoves, services }: Impact, verbose: boolean): string {
  const counts = (['restart', 'reload', 'start', 'stop'] as const)
    .filter((what) => services[what] > 0)
    .map((what) => counted(services[what], what));
  const vips = new Set(vipMoves.map(({ cluster, vip }) => `${cluster} ${vip}`)).size;
  const causes = moveTexts(vipMoves);
  const named = verbose || causes.length <= 3 ? `: ${causes.join('; ')}` : worst(vipMoves);
  const what = vips === 0 ? 'no VIP moves' : `${vips === 1 ? '1 VIP moves' : `${vips} VIPs move`}${named}`;
  return [what, ...(counts.length === 0 ? [] : [counts.join(', ')])].join('; ');
}

/** "192.168.1.100 to lb2 and back, 0.41s of downtime (lb1 restarts keepalived)"; VIPs that go together stand together. */
function moveTexts(moves: readonly VipMove[]): readonly string[] {
  const alike = groupBy(moves, (move) => `${whereText(move)} (${move.by} ${move.why})`);
  return [...alike].map(([text, same]) => `${same.map(({ vip }) => vip).join(' ')} ${text}`);
}

function whereText({ to, outage, returns }: VipMove): string {
  const time = outage === undefined ? undefined : formatRange(outage);
  if (to === undefined) return time === undefined ? 'goes offline' : `is offline for ${time}`;
  return `to ${to}${returns ? ' and back' : ''}, ${time === undefined ? 'no' : `${time} of`} downtime`;
}

function worst(moves: readonly VipMove[]): string {
  const outages = moves.flatMap(({ outage }) => outage ?? []);
  if (outages.length === 0) return ', no downtime';
  const min = Math.min(...outages.map((outage) => outage.min));
  return `, ${formatRange({ min, max: Math.max(...outages.map(({ max }) => max)) })} of downtime each`;
}

function labelled(label: string, text: string, style: Style): string[] {
  const [first = '', ...more] = wrapText(text, style.columns - INDENT);
  return [`${style.bold(pad(label, INDENT))}${first}`, ...more.map((line) => `${' '.repeat(INDENT)}${line}`)];
}
