import type { Finding, FindingStatus } from '../../operate/doctor/finding.ts';
import type { Style } from '../terminal/style.ts';
import { columnsOf, counted, pad } from '../terminal/text.ts';

const ORDER: readonly FindingStatus[] = ['fail', 'warn', 'skip', 'ok'];

/** Above so many findings those that are well are counted, not listed: what is wrong must not drown. */
const LISTED = 120;

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

/**
 * Findings as `STATUS CLUSTER/HOST ID NAME EVIDENCE`, failures first, with why it matters and what mends it below; a
 * closing line of counts. Ends with a newline.
 */
export function renderDoctor(
  findings: readonly Finding[],
  style: Style,
  options: { readonly verbose?: boolean; readonly hosts: number },
): string {
  const all = options.verbose === true || findings.length <= LISTED;
  const shown = ORDER.flatMap((status) =>
    findings.filter((finding) => finding.status === status && (all || status !== 'ok')),
  );
  const widths = {
    place: Math.min(30, Math.max(0, ...shown.map((finding) => columnsOf(placeOf(finding, style))))),
    name: Math.max(0, ...shown.map(({ name }) => name.length)),
  };
  const lines = shown.flatMap((finding) => findingLines(finding, widths, style));
  const count = (status: FindingStatus): number => findings.filter((finding) => finding.status === status).length;
  if (!all && count('ok') > 0)
    lines.push(`${style.green('ok')}    ${counted(count('ok'), 'finding')} (--verbose shows them)`);
  const counts = `${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail, ${count('skip')} skip`;
  return style.redact(
    `${[...lines, style.bold(`DOCTOR ${counts} on ${counted(options.hosts, 'host')}`)].join('\n')}\n`,
  );
}

function findingLines(
  finding: Finding,
  widths: { readonly place: number; readonly name: number },
  style: Style,
): readonly string[] {
  const { status, id, name, evidence, why, fix } = finding;
  const head = `${paint(status, style)(pad(status, 4))}  ${pad(placeOf(finding, style), widths.place)}  ${id} ${pad(name, widths.name)}`;
  const indent = ' '.repeat(8 + widths.place);
  const below = (label: string, text: string | null): string[] =>
    text === null ? [] : [`${indent}${style.dim(label)}  ${style.line(text)}`];
  return [`${head}  ${style.line(evidence)}`, ...below('why', why), ...below('fix', fix)];
}

function placeOf({ cluster, host }: Finding, style: Style): string {
  if (host === null) return style.line(cluster);
  return style.line(host.startsWith(`${cluster}/`) ? host : `${cluster}/${host}`);
}

function paint(status: FindingStatus, style: Style): (text: string) => string {
  return { ok: style.green, warn: style.yellow, fail: style.alarm, skip: style.dim }[status];
}
