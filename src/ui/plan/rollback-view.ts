import type { UnknownRuns } from '../../operate/runs/get-runs.ts';
import type { RunSummary } from '../../operate/runs/summarise.ts';
import { quote } from '../../transport/quote.ts';
import { failureLines } from '../apply/failures.ts';
import type { Style } from '../terminal/style.ts';
import { alignedRows } from '../terminal/table.ts';
import { clip, counted } from '../terminal/text.ts';

const HEAD = ['RUN', 'WHEN (UTC)', 'BY', 'CLUSTERS', 'HOSTS', 'WHAT', 'UNDO'] as const;
const NAMED = 2;
const WHAT_COLUMNS = 48;

/**
 * What the last runs changed, the newest first, a row for each; then the hosts that could not be asked; a count and the
 * next command at the end. Ends with a newline.
 */
export function renderRuns(
  runs: readonly RunSummary[],
  unknown: readonly UnknownRuns[],
  inventory: string,
  style: Style,
): string {
  const [head = '', ...rows] = alignedRows([HEAD, ...runs.map((run) => cellsOf(run, style))]);
  const failures = failureLines(
    unknown.map(({ host, status, error }) => ({ host: host.id, status, error })),
    style,
  );
  const table = runs.length === 0 ? [] : [style.bold(head), ...rows];
  const lines = [...failures, ...(failures.length > 0 && table.length > 0 ? [''] : []), ...table];
  return style.redact(`${[...lines, ...closing(runs, unknown, inventory, style)].join('\n')}\n`);
}

function cellsOf({ run, at, who, clusters, hosts, what, undo }: RunSummary, style: Style): readonly string[] {
  const named = clusters.length > NAMED ? String(clusters.length) : clusters.join(',');
  const more = what.length > NAMED ? ` and ${what.length - NAMED} more` : '';
  const shown = clip(`${style.line(what.slice(0, NAMED).join(', '))}`, WHAT_COLUMNS, style.unicode) + more;
  const when = at.replace('T', ' ').slice(0, 16);
  return [run, when, who, named, String(hosts.length), shown, undo].map(style.line);
}

function closing(
  runs: readonly RunSummary[],
  unknown: readonly UnknownRuns[],
  inventory: string,
  style: Style,
): string[] {
  const possible = runs.filter((run) => run.possible);
  const blind = unknown.length === 0 ? '' : `; ${counted(unknown.length, 'host')} not asked`;
  const count = style.bold(`ROLLBACK ${counted(runs.length, 'run')}, ${possible.length} can be undone${blind}`);
  const [last] = possible;
  return last === undefined
    ? [count]
    : [count, `Next: haprov rollback ${quote(style.line(inventory))} --undo ${style.line(last.run)} --dry-run`];
}

/** What `rollback --json` prints, through `jsonDocument`. */
export interface RollbackJson {
  readonly format: 1;
  readonly runs: readonly RunSummary[];
  readonly errors: Readonly<Record<string, Pick<UnknownRuns, 'status' | 'error'>>>;
}

export function rollbackJson(runs: readonly RunSummary[], unknown: readonly UnknownRuns[]): RollbackJson {
  const errors = unknown.map(({ host, status, error }) => [host.id, { status, error }] as const);
  return { format: 1, runs, errors: Object.fromEntries(errors) };
}
