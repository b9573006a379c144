import type { ApplyEvent, HostOutcome, VipOutcome } from '../../rollout/events.ts';
import { quote } from '../../transport/quote.ts';
import { AFTERWARDS, type Verb } from '../plan/verb.ts';
import { groupBy } from '../terminal/group.ts';
import type { Style } from '../terminal/style.ts';
import { counted, duration, pad, wrapList } from '../terminal/text.ts';
import type { Failure } from './failures.ts';
import { failureLines } from './failures.ts';

/** The last event of a rollout. */
export type SummaryEvent = Extract<ApplyEvent, { event: 'summary' }>;
type Status = HostOutcome['status'];
type Entry = readonly [host: string, outcome: HostOutcome];

const STATUSES = ['ok', 'changed', 'failed', 'unreachable', 'untouched'] as const;
const LISTED = 10;
const LABEL = 13;

export interface SummaryOptions {
  readonly verbose?: boolean;
  /** Default: apply. */
  readonly verb?: Verb;
  /** The command that does the same once more, as it is typed; default: the verb and the inventory. */
  readonly again?: string;
  /** The hosts stand above already: those that are fine are not named again. */
  readonly listed?: boolean;
}

/**
 * The end of an apply, a rollback or a removal for people. First, by name, the hosts that are not fine: cause and next step; then who holds each
 * VIP, the hosts that are fine (counted where there are many), the closing count and the next command.
 */
export function renderSummary(
  summary: SummaryEvent,
  style: Style,
  inventoryPath: string,
  options: SummaryOptions = {},
): string {
  const entries = Object.entries(summary.hosts);
  const lines = [
    ...failureLines(entries.flatMap(failureOf), style, options),
    ...untouchedLines(entries, style),
    ...(options.listed === true ? [] : fineLines(entries, style, options.verbose === true)),
    ...vipLines(summary.vips, style, options.verbose === true),
    ...closingLines(entries, summary.ms, style, quote(style.line(inventoryPath)), options),
  ];
  return style.redact(`${lines.join('\n')}\n`);
}

function failureOf([host, { status, error, putBack }]: Entry): Failure[] {
  if (status !== 'failed' && status !== 'unreachable') return [];
  const back = putBack === true ? { putBack } : {};
  return [{ host, status, error: error ?? { message: 'no cause was given' }, ...back }];
}

// Untouched hosts share their reason more often than not: names together, the reason once.
function untouchedLines(entries: readonly Entry[], style: Style): string[] {
  const untouched = entries.filter(([, { status }]) => status === 'untouched');
  const byReason = groupBy(untouched, ([, { error }]) => {
    const next = error?.next === undefined ? [] : [`Fix: ${error.next}`];
    return style.line([...(error === undefined ? [] : [error.message]), ...next].join('; '));
  });
  return [...byReason].flatMap(([reason, same]) => {
    const names = wrapList(
      same.map(([host]) => style.line(host)),
      style.columns - LABEL,
    );
    const rows =
      names.length === 1 && reason !== '' ? [`${names[0]}: ${reason}`] : [...names, ...(reason === '' ? [] : [reason])];
    return rows.map((line, index) => `${row(index === 0 ? 'UNTOUCHED' : '', style.yellow)}${line}`);
  });
}

function fineLines(entries: readonly Entry[], style: Style, verbose: boolean): string[] {
  const fine = entries.filter(([, { status }]) => status === 'ok' || status === 'changed');
  if (fine.length > LISTED && !verbose) return [];
  return fine.map(([host, { status, changes }]) => {
    const label = row(status.toUpperCase(), status === 'ok' ? style.green : style.cyan);
    return `${label}${style.line(host)}${status === 'changed' ? `  ${counted(changes, 'change')}` : ''}`;
  });
}

function vipLines(vips: readonly VipOutcome[], style: Style, verbose: boolean): string[] {
  const wrong = vips.filter((vip) => vip.holders.length !== 1);
  const right = vips.filter((vip) => vip.holders.length === 1);
  const listed = right.length <= LISTED || verbose ? [...wrong, ...right] : wrong;
  const lines = listed.map((vip) => vipLine(vip, style));
  if (listed.length < vips.length)
    lines.push(`${row('VIP', style.green)}${right.length} of ${vips.length} are held by exactly one host`);
  return lines;
}

function vipLine({ cluster, instance, vip, holders, unseen }: VipOutcome, style: Style): string {
  const name = `${style.line(cluster)}/${style.line(instance)} ${style.line(vip)}`;
  const [holder] = holders;
  if (holder === undefined && unseen.length > 0)
    return `${row('VIP', style.yellow)}${name} ${style.yellow(`not seen: ${unseen.map(style.line).join(', ')} not asked`)}`;
  if (holder === undefined)
    return `${row('VIP', style.alarm)}${name} ${style.alarm('NO MASTER: on none of the hosts that were asked')}`;
  if (holders.length === 1) return `${row('VIP', style.green)}${name} on ${style.line(holder)}`;
  return `${row('VIP', style.alarm)}${name} ${style.alarm(`SPLIT BRAIN: on ${holders.map(style.line).join(' and ')}`)}`;
}

function closingLines(
  entries: readonly Entry[],
  ms: number,
  style: Style,
  path: string,
  { verb = 'apply', again = `haprov ${verb} ${path}` }: SummaryOptions,
): string[] {
  const title = verb.toUpperCase();
  const number = (status: Status) => entries.filter(([, outcome]) => outcome.status === status).length;
  const broken = entries.filter(([, { status }]) => status !== 'ok' && status !== 'changed');
  if (broken.length === 0 && number('changed') === 0) {
    return [style.bold(style.green(`${title} 0 changes on ${counted(entries.length, 'host')} in ${duration(ms)}`))];
  }
  const counts = STATUSES.map((status) => `${number(status)} ${status}`).join(', ');
  const failed = broken.some(([, { status }]) => status !== 'untouched');
  const paint = failed ? style.red : broken.length > 0 ? style.yellow : style.green;
  const line = style.bold(paint(`${title} ${counts} in ${duration(ms)}`));
  const then = AFTERWARDS[verb];
  if (broken.length === 0) return then === null ? [line] : [line, `Next: ${then} ${path}`];
  const clusters = [...new Set(broken.map(([, { cluster }]) => cluster))];
  const limit =
    clusters.length > 8 ? '' : ` --limit ${clusters.map((cluster) => quote(style.line(cluster))).join(',')}`;
  return [line, `Next: fix the errors above, then run: ${style.line(again)}${limit}`];
}

function row(label: string, paint: (text: string) => string): string {
  return `${paint(pad(label, LABEL - 2))}  `;
}
