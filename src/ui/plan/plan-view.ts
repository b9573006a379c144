import type { Change } from '../../changes/change.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { Plan } from '../../plan/plan.ts';
import { countChanges } from '../../plan/plan.ts';
import { planRollout, type Rollout } from '../../plan/waves/plan-rollout.ts';
import { quote } from '../../transport/quote.ts';
import { failureLines } from '../apply/failures.ts';
import type { Paint, Style } from '../terminal/style.ts';
import { columnsOf, counted, hanging, pad, wrapList } from '../terminal/text.ts';
import { type DiffChoice, diffLines, type ShownDiffs } from './diff-lines.ts';
import { BETWEEN, type HostChange, mergeDiffs } from './merged-diff.ts';
import { type EffectOf, effectsOf, sharedEffect } from './plan-effects.ts';
import type { BrokenHost, ChangeGroup, Kind, PlannedHost } from './plan-groups.ts';
import { groupChanges, kindOf, splitHosts } from './plan-groups.ts';
import { noteLines } from './plan-notes.ts';
import { blockedLines, rolloutLines } from './rollout-lines.ts';
import { AT_REST, type Verb } from './verb.ts';

export interface PlanViewOptions {
  /** Nothing is shortened: every host is named, every diff shown at every host. */
  readonly verbose?: boolean;
  /** Which files' texts are shown; default: changed, all but those that ship with haprov; with `verbose` full. */
  readonly diff?: DiffChoice;
  /** What the plan is for; default: apply. */
  readonly verb?: Verb;
  /** Propose the next command; default true. */
  readonly next?: boolean;
  /** Shows the waves too, and what each change does to the VIP. */
  readonly inventory?: Inventory;
}

const NAMED = 10;
const WHOLE = Number.POSITIVE_INFINITY;
const MARK: Readonly<Record<Kind, string>> = { create: '+', update: '~', remove: '-' };

/**
 * A plan for people. First the hosts that could not be asked and the clusters that are blocked, then what many hosts share,
 * then host by host; every change is one line (mark, host, action, target, detail) with the diff of its file below. Then
 * notes, the waves and their impact. Ends with a count and the next command. Ends with a newline.
 */
export function renderPlan(plan: Plan, style: Style, options: PlanViewOptions = {}): string {
  const { planned, broken } = splitHosts(plan);
  const shown: ShownDiffs = new Map();
  const { inventory } = options;
  const rollout = inventory === undefined ? undefined : planRollout(inventory, plan);
  const effectOf = inventory === undefined || rollout === undefined ? untold : effectsOf(inventory, plan, rollout);
  const merge = (same: readonly HostChange[]) => mergeDiffs(same, (values) => `<${values}>`);
  const groups = groupChanges(planned, options.verbose === true || inventory === undefined ? {} : { effectOf, merge });
  const sections = [
    [
      ...(rollout === undefined ? [] : unseenLines(planned, broken, style)),
      ...failureLines(broken, style, options),
      ...(rollout === undefined ? [] : blockedLines(rollout, style, options)),
    ],
    ...groups.map((group) => groupLines(group, planned, shown, effectOf, style, options)),
    [...(inventory === undefined ? [] : legendLines(groups, style)), ...noteLines(planned, style, options)],
    inventory === undefined || rollout === undefined ? [] : rolloutLines(inventory, plan, rollout, style, options),
    closingLines(plan, planned, broken, rollout, style, options.verb).slice(0, options.next === false ? 1 : undefined),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return style.redact(text.join('\n'));
}

/** A plan that was shown in full some minutes ago: what it comes to. Ends with a newline. */
export function renderAgain(plan: Plan, style: Style, inventory: Inventory, minutes: number): string {
  const { planned, broken } = splitHosts(plan);
  const rollout = planRollout(inventory, plan);
  const when = minutes < 1 ? 'just now' : `${counted(minutes, 'minute')} ago`;
  const lines = [
    `The plan is still the one that was shown ${when}.`,
    ...rolloutLines(inventory, plan, rollout, style, {}),
    ...closingLines(plan, planned, broken, rollout, style).slice(0, 1),
  ];
  return style.redact(`${lines.join('\n')}\n`);
}

function untold(_: string, { phase }: Change): string {
  return phase === 'activate' ? '(activate)' : '';
}

function groupLines(
  group: ChangeGroup,
  planned: readonly PlannedHost[],
  shown: ShownDiffs,
  effectOf: EffectOf,
  style: Style,
  options: PlanViewOptions,
): string[] {
  const label = group.hosts.length === 1 ? style.line(group.hosts[0] ?? '') : `${group.hosts.length} hosts`;
  const actions = Math.max(...group.changes.map((change) => change.action.length));
  const targets = Math.min(48, Math.max(...group.changes.map((change) => columnsOf(style.line(change.target)))));
  const rows = group.changes.flatMap((change) => {
    const effect = sharedEffect(group.hosts.map((host) => effectOf(host, change)));
    return changeLines(change, label, effect, { actions, targets }, shown, style, options);
  });
  return [...headingLines(group, planned, style, options), ...rows];
}

/** A change's detail without what every file of haprov's has. */
function plainly(detail: string): string {
  return detail
    .split(', ')
    .filter((part) => !['directory', 'mode 0644', 'mode 0755', 'root:root'].includes(part))
    .join(', ');
}

function headingLines(
  group: ChangeGroup,
  planned: readonly PlannedHost[],
  style: Style,
  options: PlanViewOptions,
): string[] {
  const [only] = group.hosts;
  if (group.hosts.length === 1) {
    const host = planned.find((candidate) => candidate.host === only);
    const elsewhere = (host?.changes.length ?? 0) - group.changes.length;
    const count = counted(group.changes.length, 'change');
    const rest = elsewhere === 0 ? '' : ` of its own, ${elsewhere} shared above`;
    const holds =
      host === undefined || host.holds.length === 0 ? '' : `, holds ${host.holds.map(style.line).join(' ')}`;
    return [
      style.bold(`${style.line(only ?? '')} (cluster ${style.line(host?.cluster ?? '')}): ${count}${rest}${holds}`),
    ];
  }
  const title = `${group.hosts.length} of ${planned.length} hosts: ${counted(group.changes.length, 'change')} on each`;
  if (group.hosts.length === planned.length && options.verbose !== true) {
    return [style.bold(`All ${group.hosts.length} hosts: ${counted(group.changes.length, 'change')} on each`)];
  }
  return [style.bold(title), ...hostNames(group.hosts, planned, style, options)];
}

function hostNames(
  hosts: readonly string[],
  planned: readonly PlannedHost[],
  style: Style,
  options: PlanViewOptions,
): string[] {
  const inside = new Set(hosts);
  const others = planned.map((host) => host.host).filter((host) => !inside.has(host));
  const indented = (words: readonly string[]) =>
    wrapList(words, style.columns - 2).map((line) => style.dim(`  ${line}`));
  if (options.verbose === true || hosts.length <= NAMED) return indented(hosts.map(style.line));
  if (others.length > 0 && others.length <= NAMED) {
    return indented(others.map((host, index) => (index === 0 ? 'all but ' : '') + style.line(host)));
  }
  return indented([
    ...hosts.slice(0, NAMED).map(style.line),
    `and ${hosts.length - NAMED} more (--verbose names them)`,
  ]);
}

function changeLines(
  change: Change,
  label: string,
  effect: string,
  widths: { readonly actions: number; readonly targets: number },
  shown: ShownDiffs,
  style: Style,
  options: PlanViewOptions,
): string[] {
  const kind = kindOf(change.action);
  const target = style.line(change.target);
  const head = `${MARK[kind]} ${label}  ${pad(change.action, widths.actions)}  ${target}`;
  const told = options.inventory === undefined ? change.detail : plainly(change.detail);
  const words = [told, effect].map(style.line).filter((word) => word !== '');
  const detail = words.join(effect.startsWith('(') ? ' ' : ', ');
  const padding = ' '.repeat(Math.max(0, widths.targets - columnsOf(target)));
  const paint = paintOf(kind, style);
  const room = style.columns - columnsOf(head) - 2 - columnsOf(detail);
  const rows =
    detail === ''
      ? [paint(head)]
      : room >= 0
        ? [`${paint(head)}${padding.slice(0, room)}  ${style.dim(detail)}`]
        : [
            paint(head),
            ...hanging('      ', detail, options.inventory === undefined ? WHOLE : style.columns).map(style.dim),
          ];
  return [...rows, ...diffLines(change, label, shown, style, { ...options, brief: options.inventory !== undefined })];
}

/** What apply will not know either: clusters of which a host could not be asked. */
function unseenLines(planned: readonly PlannedHost[], broken: readonly BrokenHost[], style: Style): string[] {
  const clusters = new Set(broken.map(({ cluster }) => cluster));
  if (clusters.size === 0) return [];
  const half = [...clusters].filter((name) => planned.some(({ cluster }) => cluster === name));
  const names = half.slice(0, NAMED).map(style.line).join(', ');
  const more = half.length > NAMED ? ` and ${half.length - NAMED} more` : '';
  const part = half.length === 0 ? '' : `; of ${names}${more} only a part was seen, and apply leaves it alone`;
  return [style.alarm(`INCOMPLETE: ${counted(broken.length, 'host')} could not be asked${part}`)];
}

/** What the marks mean, where there are any. */
function legendLines(groups: readonly ChangeGroup[], style: Style): string[] {
  if (groups.length === 0) return [];
  const activates = groups.some(({ changes }) => changes.some(({ phase }) => phase === 'activate'));
  const differs = groups.some(({ changes }) => changes.some(({ diff }) => diff?.after?.includes(BETWEEN) === true));
  const parts = [
    '+ new, ~ changed, - removed',
    ...(activates ? ['(activate) in waves'] : []),
    ...(differs ? ['<a | b> differs by host'] : []),
  ];
  return [style.dim(`Legend: ${parts.join(', ')}`)];
}

function closingLines(
  plan: Plan,
  planned: readonly PlannedHost[],
  broken: readonly BrokenHost[],
  rollout: Rollout | undefined,
  style: Style,
  verb: Verb = 'apply',
): string[] {
  const changes = countChanges(plan);
  const path = quote(style.line(plan.inventory));
  const left = (['unreachable', 'failed'] as const)
    .map((status) => ({ status, count: broken.filter((host) => host.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${count} ${status}`);
  const blocked = (rollout?.clusters ?? []).flatMap((one) => (one.blocked === undefined ? [] : [one.cluster]));
  if (blocked.length > 0) left.push(`${counted(blocked.length, 'cluster')} blocked`);
  const suffix = left.length === 0 ? '' : `; ${left.join(', ')}`;
  if (changes === 0) {
    const fine = planned.length === 0 ? '' : `: ${AT_REST[verb]}`;
    const next = broken.length === 0 ? [] : [`Next: fix the errors above, then run: haprov plan ${path}`];
    return [style.bold(`PLAN 0 changes on ${counted(planned.length, 'host')}${fine}${suffix}`), ...next];
  }
  const kinds = planned.flatMap((host) => host.changes.map((change) => kindOf(change.action)));
  const number = (kind: Kind) => `${kinds.filter((candidate) => candidate === kind).length} ${kind}`;
  const touched = planned.filter((host) => host.changes.length > 0).length;
  const counts = `${number('create')}, ${number('update')}, ${number('remove')}`;
  return [
    style.bold(
      `PLAN ${counted(changes, 'change')} on ${touched} of ${counted(plan.hosts.length, 'host')}: ${counts}${suffix}`,
    ),
    planned.every((host) => host.changes.length === 0 || blocked.includes(host.cluster))
      ? `Next: fix the errors above, then run: haprov plan ${path}`
      : `Next: haprov apply ${path}`,
  ];
}

function paintOf(kind: Kind, style: Style): Paint {
  return { create: style.green, update: style.yellow, remove: style.red }[kind];
}
