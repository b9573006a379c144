import type { Finding, FindingStatus } from '../../operate/doctor/finding.ts';
import { groupBy } from '../terminal/group.ts';
import type { Style } from '../terminal/style.ts';
import { columnsOf, counted, hanging, pad, wrapList } from '../terminal/text.ts';

const ORDER: readonly FindingStatus[] = ['ok', 'skip', 'warn', 'fail'];

/** `doctor --json`. Masking is the JSON writer's. */
export function doctorJson(findings: readonly Finding[]): {
  readonly format: 1;
  readonly findings: readonly Finding[];
} {
  return {
    format: 1,
    findings: findings.map(({ id, host, cluster, status, name, evidence, why, fix }) => ({
      id,
      host,
      cluster,
      status,
      name,
      evidence,
      why,
      fix,
    })),
  };
}

export interface DoctorViewOptions {
  /** List what is well, too. */
  readonly all?: boolean;
  /** Name every host. */
  readonly verbose?: boolean;
  /** How many were examined. */
  readonly hosts: number;
}

/** The same finding on so many hosts or more stands once. */
const SHARED_FROM = 4;
const NAMED = 10;

interface Group {
  readonly finding: Finding;
  readonly places: readonly string[];
}

/**
 * Findings as `STATUS CLUSTER/HOST ID NAME EVIDENCE`, failures last, next to the verdict, each with its cause and its fix below; what
 * is well is counted. The counts and the verdict at the end. Ends with a newline.
 */
export function renderDoctor(findings: readonly Finding[], style: Style, options: DoctorViewOptions): string {
  const shown = ORDER.flatMap((status) =>
    findings.filter((finding) => finding.status === status && (options.all === true || status !== 'ok')),
  );
  const groups = grouped(shown, style);
  const widths = {
    place: Math.min(30, Math.max(0, ...groups.map((group) => columnsOf(placeIn(group))))),
    name: Math.max(0, ...shown.map(({ name }) => name.length)),
  };
  const count = (status: FindingStatus): number => findings.filter((finding) => finding.status === status).length;
  const counts = `${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail, ${count('skip')} skip`;
  const hidden = options.all === true || count('ok') === 0;
  const lines = [
    ...groups.flatMap((group) => findingLines(group, widths, style, options.verbose === true)),
    ...(hidden ? [] : [`${style.green('ok')}    ${counted(count('ok'), 'finding')} (--all lists them)`]),
    `DOCTOR ${counts} on ${counted(options.hosts, 'host')}`,
    verdict(findings, options.hosts, style),
  ];
  return style.redact(`${lines.join('\n')}\n`);
}

/** "Doctor found 6 problems and 1 warning on 2 hosts." */
function verdict(findings: readonly Finding[], hosts: number, style: Style): string {
  const of = (status: FindingStatus): readonly Finding[] => findings.filter((finding) => finding.status === status);
  const [failed, warned] = [of('fail'), of('warn')];
  const found = [
    ...(failed.length === 0 ? [] : [counted(failed.length, 'problem')]),
    ...(warned.length === 0 ? [] : [counted(warned.length, 'warning')]),
  ];
  if (found.length === 0) {
    const blind = of('skip').length === 0 ? '' : `; ${counted(of('skip').length, 'check')} could not look`;
    return style.green(`Doctor found no problems on ${counted(hosts, 'host')}${blind}.`);
  }
  const bad = [...failed, ...warned];
  const places = new Set(bad.flatMap(({ host }) => host ?? []));
  const where =
    places.size === 0
      ? `in ${counted(new Set(bad.map(({ cluster }) => cluster)).size, 'cluster')}`
      : `on ${counted(places.size, 'host')}`;
  return (failed.length > 0 ? style.alarm : style.yellow)(`Doctor found ${found.join(' and ')} ${where}.`);
}

function grouped(findings: readonly Finding[], style: Style): readonly Group[] {
  const alike = groupBy(findings, ({ status, id, evidence, why, fix }) =>
    JSON.stringify([status, id, evidence, why, fix]),
  );
  return [...alike.values()].flatMap((same) => {
    const [finding] = same;
    if (finding === undefined) return [];
    if (same.length >= SHARED_FROM) return [{ finding, places: same.map((one) => placeOf(one, style)) }];
    return same.map((one) => ({ finding: one, places: [placeOf(one, style)] }));
  });
}

const placeIn = ({ places }: Group): string =>
  places.length === 1 ? (places[0] ?? '') : counted(places.length, 'host');

function findingLines(
  group: Group,
  widths: { readonly place: number; readonly name: number },
  style: Style,
  verbose: boolean,
): readonly string[] {
  const { status, id, name, evidence, why, fix } = group.finding;
  const label = `${pad(status, 4)}  ${pad(placeIn(group), widths.place)}  ${id} ${pad(name, widths.name)}  `;
  const indent = ' '.repeat(8 + widths.place);
  const below = (word: string, text: string | null): string[] =>
    text === null ? [] : hanging(`${indent}${word}  `, style.line(text), style.columns, style.dim);
  const head = hanging(
    label,
    style.line(evidence),
    style.columns,
    (text) => paint(status, style)(text.slice(0, 4)) + text.slice(4),
  );
  return [...head, ...namesOf(group, indent, style, verbose), ...below('Cause:', why), ...below('Fix:  ', fix)];
}

function namesOf({ places }: Group, indent: string, style: Style, verbose: boolean): readonly string[] {
  if (places.length === 1) return [];
  const shown = verbose ? places : places.slice(0, NAMED);
  const more = places.length - shown.length;
  const words = more === 0 ? shown : [...shown, `and ${more} more (--verbose names them)`];
  return wrapList(words, Math.max(30, style.columns - indent.length)).map((line) => indent + line);
}

function placeOf({ cluster, host }: Finding, style: Style): string {
  if (host === null) return style.line(cluster);
  return style.line(host.startsWith(`${cluster}/`) ? host : `${cluster}/${host}`);
}

function paint(status: FindingStatus, style: Style): (text: string) => string {
  return { ok: style.green, warn: style.yellow, fail: style.alarm, skip: style.dim }[status];
}
