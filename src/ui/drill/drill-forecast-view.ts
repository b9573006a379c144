import type { Surveyed } from '../../operate/drill/survey.ts';
import type { Style } from '../terminal/style.ts';
import { alignedRows } from '../terminal/table.ts';
import { columnsOf, duration, hanging } from '../terminal/text.ts';
import { predicted, seconds, skippedLine } from './figures.ts';

/** How a drill will be done. */
export interface DrillTerms {
  readonly budgetMs: number;
  readonly parallel: number;
  /** Host id, or "here". */
  readonly client: string;
}

const HEADS = ['CLUSTER', 'SCENARIO', 'ON', 'PREDICTED', 'TO', 'WHY'] as const;

/** What a drill would do, before it asks: a row for each scenario, then how long all takes. Ends with a newline. */
export function renderForecast(surveyed: readonly Surveyed[], terms: DrillTerms, style: Style): string {
  const rows = surveyed.flatMap(({ cluster, holder = '', scenarios }) =>
    scenarios.map(({ name, forecast }) =>
      [cluster.name, name, holder, predicted(forecast.outage), forecast.taker ?? '-', forecast.because].map(style.line),
    ),
  );
  const [head = '', ...body] = alignedRows([HEADS, ...rows]);
  const lines = [
    ...(rows.length === 0 ? [] : [style.dim(head), ...body.flatMap((line) => rowLines(line, head, style))]),
    ...surveyed.flatMap(({ skipped }) => skipped.map((one) => skippedLine(one, style))),
    ...(rows.length === 0 ? [] : [endLine(surveyed, terms)]),
  ];
  return style.redact(`${lines.join('\n')}\n`);
}

/** On a terminal the last column is wrapped under itself. */
function rowLines(line: string, head: string, style: Style): string[] {
  const at = head.lastIndexOf('WHY');
  if (!style.terminal || columnsOf(line) <= style.columns) return [line];
  return hanging(line.slice(0, at), line.slice(at), style.columns);
}

function endLine(surveyed: readonly Surveyed[], { budgetMs, parallel, client }: DrillTerms): string {
  const each = surveyed.map(({ scenarios }) => scenarios.reduce((sum, { ms }) => sum + ms, 0));
  const longest = Math.max(0, ...each);
  const all = each.reduce((sum, ms) => sum + ms, 0);
  const about = duration(Math.max(longest, all / parallel));
  return `Each VIP is asked every 50 ms from ${client}; an outage may last ${seconds(budgetMs)}; all takes about ${about}.`;
}
