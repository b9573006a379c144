import type { DrillReport, DrillScenario } from '../../operate/drill/model.ts';
import type { Style } from '../terminal/style.ts';
import { alignedRows } from '../terminal/table.ts';
import { clip } from '../terminal/text.ts';
import { moveOf, nameIn, predicted, seconds, skippedLine, totalsOf, totalsText } from './figures.ts';
import { countKinds } from './requests.ts';
import { scenarioStrip } from './strip.ts';

const HEADS = ['INSTANCE', 'SCENARIO', 'MOVE', 'OUTAGE', 'PREDICTED', 'BACK', 'FAILED', 'RESULT'] as const;
const RIGHT: ReadonlySet<string> = new Set(['OUTAGE', 'BACK', 'FAILED']);

/** Above so many clusters who holds each VIP in the end is counted, not listed. */
const LISTED = 5;

/**
 * The end of a drill: a row for each scenario, whole, so that grep and awk work; below, what failed and why; what was
 * not drilled; what was left behind; the counts. BACK is the outage while the fault was restored. Ends with a newline.
 */
export function renderDrillResult(report: DrillReport, style: Style): string {
  const { failed } = totalsOf(report);
  const lines = [
    ...(report.scenarios.length === 0 ? [] : tableLines(report.scenarios, style)),
    ...report.scenarios.flatMap((scenario) => findingLines(scenario, style)),
    ...report.skipped.map((one) => skippedLine(one, style)),
    ...endLines(report, style),
    (failed === 0 && report.leftovers.length === 0 ? style.bold : style.alarm)(`DRILL ${totalsText(report)}`),
  ];
  return style.redact(`${lines.join('\n')}\n`);
}

function tableLines(scenarios: readonly DrillScenario[], style: Style): string[] {
  const rows = scenarios.map((scenario) => cells(scenario, style));
  const [head = '', ...lines] = alignedRows([HEADS, ...rows], (at) => RIGHT.has(HEADS[at] ?? ''));
  return [style.dim(head), ...lines.map((line, at) => (scenarios[at]?.passed === true ? line : style.alarm(line)))];
}

function cells(scenario: DrillScenario, style: Style): string[] {
  return [
    placeOf(scenario, style),
    scenario.name,
    style.line(moveOf(scenario)),
    seconds(scenario.outage_ms),
    predicted(scenario.prediction.outage),
    seconds(scenario.repair_outage_ms),
    `${countKinds(scenario.requests).failed}/${scenario.requests.length}`,
    scenario.passed ? 'pass' : 'FAIL',
  ];
}

const placeOf = ({ cluster, instance }: DrillScenario, style: Style): string =>
  `${style.line(cluster)}/${style.line(instance)}`;

function findingLines(scenario: DrillScenario, style: Style): string[] {
  const { passed, findings, notes, name } = scenario;
  const labelled = (label: string, texts: readonly string[]): string[] =>
    texts.map((text) => `${label} ${placeOf(scenario, style)} ${name}: ${style.line(text)}`);
  const lines = [...labelled(style.alarm('FAIL'), findings), ...labelled(style.cyan('NOTE'), notes)];
  if (passed) return lines;
  const [strip, pointers] = scenarioStrip(scenario, Math.max(20, style.columns - 4));
  const drawn = [strip.trimEnd(), clip(style.line(pointers), style.columns - 4, style.unicode)];
  // `line` trims: the pointers' own indent comes back.
  const indent = ' '.repeat(pointers.length - pointers.trimStart().length);
  return [...lines, ...(strip.trim() === '' ? [] : [`    ${drawn[0]}`, style.dim(`    ${indent}${drawn[1]}`)])];
}

function endLines({ scenarios, leftovers }: DrillReport, style: Style): string[] {
  if (leftovers.length > 0) {
    return leftovers.map(
      ({ host, reason }) => `${style.alarm('LEFT BEHIND')} ${style.line(host)}: ${style.line(reason)}`,
    );
  }
  if (scenarios.length === 0) return [];
  const last = new Map(scenarios.map((scenario) => [placeOf(scenario, style), scenario]));
  const held = [...last].map(([place, scenario]) => `${place} on ${finalHolders(scenario, style)}`);
  const where = held.length > LISTED ? `${held.length} VRRP instances` : held.join(', ');
  return [`${style.green('RESTORED')} ${where}; nothing left behind`];
}

function finalHolders({ cluster, lanes }: DrillScenario, style: Style): string {
  const holders = lanes.filter(({ spans }) => spans.at(-1)?.holds === true);
  return holders.length === 0 ? 'none' : holders.map(({ host }) => style.line(nameIn(cluster, host))).join('+');
}
