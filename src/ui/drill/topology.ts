import type { DrillCluster, DrillScenario } from '../../operate/drill/model.ts';
import { clip } from '../terminal/text.ts';
import { nameIn } from './figures.ts';
import { type Markup, markup, NOTHING } from './markup.ts';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly kind: string;
  /** The first is its name. */
  readonly lines: readonly string[];
}

/** Pixels. A column is as wide as its longest line, within bounds; a longer line is cut, and whole when pointed at. */
const NARROW = 150;
const BROAD = 290;
const BETWEEN = 76;
const LINE = 16;
const PADDING = 9;
const GAP = 14;
const WAY_GAP = 24;
/** Of the widest usual fonts: bold, and not. */
const LETTER = { name: 7.9, label: 7.1 };

type Instance = DrillCluster['instances'][number];

/**
 * A cluster as a picture: client, VIPs and hosts from left to right, the host with the highest priority on a full line;
 * below, the way on which haprov reaches the hosts.
 */
export function renderTopology(cluster: DrillCluster, scenarios: readonly DrillScenario[]): Markup {
  const asked = scenarios.filter((scenario) => scenario.cluster === cluster.name);
  const columns = [
    column('client-box', clientLines(cluster, asked)),
    column('vip-box', cluster.instances.map(vipLines)),
    column(
      'host-box',
      cluster.hosts.map((host) => hostLines(cluster, host)),
    ),
  ];
  const height = Math.max(...columns.map(heightOf));
  let width = 1 - BETWEEN;
  const [client = [], vip = [], host = []] = columns.map((boxes) => {
    const x = width + BETWEEN;
    width = x + Math.max(NARROW, ...boxes.map((box) => box.width));
    return boxes.map((box) => ({ ...box, x, y: box.y + 1 + (height - heightOf(boxes)) / 2 }));
  });
  const way = wayBoxes(cluster.jumps, width - 70, height + 34);
  const bottom = Math.max(...way.map((box) => box.y + box.height));
  return markup`<svg class="topology" role="img" viewBox="0 0 ${width + 1} ${bottom + 2}" width="${width + 1}" height="${bottom + 2}" aria-label="${describeTopology(cluster)}">
${client.flatMap((from) => vip.filter((_, index) => isAsked(cluster.instances[index], asked)).map((to) => edge(from, to, 'asks')))}${cluster.instances.flatMap((instance, index) => hostEdges(instance, vip[index], cluster, host))}${wayLines(way, host)}${[...client, ...vip, ...host, ...way].map(renderBox)}</svg>`;
}

/** The picture in words: every VIP with its hosts and priorities, and the way there. */
export function describeTopology({ instances, hosts, jumps, name }: DrillCluster): string {
  const held = instances.map(({ name: instance, vips, vrid, intervalSeconds, priority }) => {
    const members = hosts.map(({ id }) => `${nameIn(name, id)} with priority ${priority[nameIn(name, id)] ?? '?'}`);
    return `${instance} (VRID ${vrid}, an advert every ${intervalSeconds}s) puts ${vips.join(', ')} on ${members.join(' or ')}`;
  });
  const way = jumps.length === 0 ? 'directly' : `through ${jumps.join(', then ')}`;
  return `${held.join('. ')}. haprov reaches the hosts over SSH ${way}.`;
}

const vipLines = ({ name, vips, vrid, intervalSeconds }: Instance): string[] => [
  ...vips,
  `${name}, VRID ${vrid}`,
  `advert every ${intervalSeconds}s`,
];

function hostLines({ instances, name }: DrillCluster, { id, address }: DrillCluster['hosts'][number]): string[] {
  const host = nameIn(name, id);
  const priorities = instances.map((instance) => {
    const label = instances.length === 1 ? 'priority' : instance.name;
    return `${label} ${instance.priority[host] ?? '?'}`;
  });
  return [host, address, ...priorities];
}

function clientLines({ service }: DrillCluster, asked: readonly DrillScenario[]): string[][] {
  const served = service === 'none' ? [] : [`asks for ${service}`];
  const clients = [...new Set(asked.map(({ client }) => client))];
  if (clients.length === 0) return [['client', ...served]];
  return clients.map((client) => {
    const targets = [...new Set(asked.filter((one) => one.client === client).map(({ target }) => target))];
    return [client === 'here' ? 'client, beside haprov' : `client on ${client}`, ...targets];
  });
}

const isAsked = (instance: Instance | undefined, asked: readonly DrillScenario[]): boolean =>
  asked.length === 0 || asked.some((scenario) => scenario.instance === instance?.name);

/** Boxes one below the other, from the drawing's corner on. */
function column(kind: string, texts: readonly (readonly string[])[]): Box[] {
  const width = Math.min(BROAD, Math.max(NARROW, ...texts.flat().map(widthOf)));
  let y = 0;
  return texts.map((lines) => {
    const box = { x: 0, y, width, height: lines.length * LINE + 2 * PADDING, kind, lines };
    y += box.height + GAP;
    return box;
  });
}

const widthOf = (text: string): number => Math.ceil(text.length * LETTER.name) + 2 * PADDING;

const heightOf = (boxes: readonly Box[]): number => Math.max(0, ...boxes.map(({ y, height }) => y + height));

function hostEdges(
  instance: Instance,
  from: Box | undefined,
  { hosts, name }: DrillCluster,
  boxes: readonly Box[],
): Markup[] {
  const highest = Math.max(...Object.values(instance.priority));
  return boxes.flatMap((to, index) => {
    const priority = instance.priority[nameIn(name, hosts[index]?.id ?? '')];
    return from === undefined || priority === undefined ? [] : edge(from, to, priority === highest ? 'first' : 'next');
  });
}

function edge(from: Box, to: Box, kind: string): Markup {
  const [x1, y1, x2, y2] = [from.x + from.width, middle(from), to.x, middle(to)];
  const bend = (x2 - x1) / 2;
  return markup`<path class="edge ${kind}" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>
`;
}

const middle = ({ y, height }: Box): number => y + height / 2;

/** haprov, and the jump hosts in order: as wide as their names, and less where there are many. */
function wayBoxes(jumps: readonly string[], room: number, y: number): Box[] {
  const own = widthOf('haprov');
  const wanted = jumps.reduce((sum, jump) => sum + widthOf(jump), 0);
  const share = Math.min(1, (room - own - jumps.length * WAY_GAP) / Math.max(1, wanted));
  let x = 1;
  return ['haprov', ...jumps].map((name, index) => {
    const width = index === 0 ? own : Math.round(widthOf(name) * share);
    const box = { x, y, width, height: LINE + 2 * PADDING, kind: 'way-box', lines: [name] };
    x += width + WAY_GAP;
    return box;
  });
}

function wayLines(way: readonly Box[], hosts: readonly Box[]): Markup {
  const last = way.at(-1);
  const target = hosts.at(-1);
  if (last === undefined || target === undefined) return NOTHING;
  const y = middle(last);
  const up = target.x + target.width - 40;
  return markup`<path class="edge ssh" d="M1 ${y}H${up}V${target.y + target.height}"/><text class="label" x="${up - 6}" y="${y - 6}" text-anchor="end">SSH</text>
`;
}

function renderBox({ x, y, width, height, kind, lines }: Box): Markup {
  const texts = lines.map((line, index) => {
    const look = index === 0 ? 'name' : 'label';
    const room = Math.floor((width - 2 * PADDING) / LETTER[look]);
    return markup`<text class="${look}" x="${x + PADDING}" y="${y + PADDING + 12 + index * LINE}">${clip(line, room)}</text>`;
  });
  return markup`<g><title>${lines.join('\n')}</title><rect class="box ${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="4"/>${texts}</g>
`;
}
