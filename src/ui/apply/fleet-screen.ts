import { causeOf } from '../terminal/error-view.ts';
import { groupBy } from '../terminal/group.ts';
import type { Size } from '../terminal/size.ts';
import type { Style } from '../terminal/style.ts';
import { clip, columnsOf, counted, pad } from '../terminal/text.ts';
import { activityOf, seconds } from './event-lines.ts';
import { type Fleet, type HostState, isIdle, type StageProgress } from './fleet.ts';

/** A step is slow after this many milliseconds. */
const SLOW = 20_000;
const SLOW_LINES = 3;
const BAR = 28;
const LABEL = 10;
/** Up to so many hosts have a line each, where the terminal has the rows. */
const EACH = 16;

/**
 * The live region: progress of each stage, then one line per host where they all cut, else what is going on now and
 * what is slow; how many hosts ended how. Never more than `rows` - 2 lines, never a line that
 * would wrap.
 */
export function fleetScreen(fleet: Fleet, now: number, style: Style, { columns, rows }: Size): string[] {
  const width = Math.max(20, columns - 1);
  const cut = (text: string) => clip(text, width, style.unicode);
  const bars = stageLines(fleet, now, style, columns);
  const count = countLine(fleet, width, style);
  const room = Math.max(0, rows - 2 - bars.length - 1);
  const few = fleet.hosts.size <= Math.min(room, EACH);
  const middle = few ? hostLines(fleet, now, cut, style) : crowdLines(fleet, now, cut, width, style);
  return [...bars, ...middle.slice(0, room), count].slice(0, Math.max(1, rows - 2));
}

/** The progress of each stage, one line each. */
export function stageLines(fleet: Fleet, now: number, style: Style, columns: number): string[] {
  return fleet.progress(now).map((progress) => barLine(progress, Math.max(20, columns - 1), style));
}

function barLine({ stage, done, total, ms, wave }: StageProgress, width: number, style: Style): string {
  const [full, empty] = style.unicode ? ['━', '─'] : ['#', '.'];
  const size = Math.max(4, Math.min(BAR, width - 34));
  const filled = total === 0 ? 0 : Math.floor((done / total) * size);
  const paint = done === total && total > 0 ? style.green : style.cyan;
  const bar = paint(full.repeat(filled)) + style.dim(empty.repeat(size - filled));
  const numbers = total === 0 ? '       -' : `${String(done).padStart(4)}/${total}`;
  const time = ms === 0 ? '' : clock(ms);
  const line = `${pad(stage, LABEL)}${bar} ${pad(numbers, 10)} ${time}`.trimEnd();
  const where = wave === 0 || done === total ? '' : ` wave ${wave}`;
  const columns = LABEL + size + 12 + time.length;
  return columns + where.length > width ? line : `${line}${where}`;
}

function hostLines(fleet: Fleet, now: number, cut: (text: string) => string, style: Style): string[] {
  const width = Math.min(28, Math.max(...[...fleet.hosts.keys()].map(columnsOf)));
  return [...fleet.hosts.values()].map((host) => hostLine(host, width, now, cut, style));
}

function hostLine(host: HostState, width: number, now: number, cut: (text: string) => string, style: Style): string {
  const name = pad(style.line(host.host), width);
  if (host.outcome === undefined) {
    const { planned = 0 } = host;
    const stage = pad(host.stage ?? '', 9);
    const progress = planned === 0 ? '' : `${host.done}/${planned} `;
    if (isIdle(host)) return style.green(cut(`  ${name}  no changes`));
    if (host.stage === undefined && host.gate === undefined)
      return cut(`  ${name}  waiting${planned === 0 ? '' : `, ${counted(planned, 'change')} planned`}`);
    return cut(`  ${name}  ${stage} ${progress}${activityOf(host, style)} ${seconds(now - host.since)}`);
  }
  const { status, changes } = host.outcome;
  const text = cut(
    `  ${name}  ${status}${status === 'changed' ? ` ${counted(changes, 'change')}` : ''}${host.outcome.putBack === true ? ', reverted' : ''}${causeIn(host, style)}`,
  );
  return { ok: style.green, changed: style.green, failed: style.red, unreachable: style.red, untouched: style.yellow }[
    status
  ](text);
}

function crowdLines(fleet: Fleet, now: number, cut: (text: string) => string, width: number, style: Style): string[] {
  const busy = fleet.busy();
  const slow = busy.filter((host) => host.waiting !== undefined || now - host.since >= SLOW);
  const quick = busy.filter((host) => !slow.includes(host));
  const lines = [cut(`${pad('now', LABEL)}${nowText(quick, width - LABEL, style)}`)];
  for (const host of slow.slice(0, SLOW_LINES)) {
    const text = `${pad('slow', LABEL)}${style.line(host.host)} ${activityOf(host, style)} ${seconds(now - host.since)}`;
    lines.push(style.yellow(cut(text)));
  }
  if (slow.length > SLOW_LINES)
    lines.push(style.yellow(cut(`${pad('slow', LABEL)}and ${slow.length - SLOW_LINES} more`)));
  return lines;
}

// What the many are at, the commonest first; a lone host by its name. Whole entries only, so that names stay whole.
function nowText(busy: readonly HostState[], room: number, style: Style): string {
  const groups = [...groupBy(busy, (host) => activityOf(host, style))].sort(([, a], [, b]) => b.length - a.length);
  let text = '';
  let rest = busy.length;
  for (const [activity, hosts] of groups) {
    const who = hosts.length === 1 ? style.line(hosts[0]?.host ?? '') : `${hosts.length} x`;
    const longer = `${text === '' ? '' : `${text}, `}${who} ${activity}`;
    const left = rest - hosts.length;
    if (text !== '' && columnsOf(longer) + (left === 0 ? 0 : `, +${left}`.length) > room) return `${text}, +${rest}`;
    text = longer;
    rest = left;
  }
  return text === '' ? '-' : text;
}

function countLine(fleet: Fleet, width: number, style: Style): string {
  const counts = fleet.counts();
  const paints = {
    failed: style.red,
    unreachable: style.red,
    untouched: style.yellow,
    changed: style.green,
    ok: style.green,
  };
  const words = (['failed', 'unreachable', 'untouched', 'changed', 'ok'] as const)
    .filter((word) => counts[word] > 0)
    .map((word) => ({ text: `${counts[word]} ${word}`, paint: paints[word] }));
  const left = counts.running + counts.waiting;
  if (left > 0) words.push({ text: `${left} to go`, paint: (text) => text });
  const plain = `${pad('hosts', LABEL)}${words.map(({ text }) => text).join(', ')}`;
  if (columnsOf(plain) > width) return clip(plain, width, style.unicode);
  return `${pad('hosts', LABEL)}${words.map(({ text, paint }) => paint(text)).join(', ')}`;
}

function causeIn(host: HostState, style: Style): string {
  const error = host.outcome?.error;
  return error === undefined ? '' : ` ${causeOf(error, style)}`;
}

function clock(ms: number): string {
  const total = Math.floor(ms / 1000);
  return `${String(Math.floor(total / 60)).padStart(2, '0')}:${String(total % 60).padStart(2, '0')}`;
}
