import type { ErrorReport } from '../../errors.ts';
import { causeOf, evidenceOf } from '../terminal/error-view.ts';
import { groupBy } from '../terminal/group.ts';
import type { Style } from '../terminal/style.ts';
import { columnsOf, pad } from '../terminal/text.ts';

/** A host that is not fine, and why. */
export interface Failure {
  readonly host: string;
  readonly status: 'failed' | 'unreachable';
  readonly error: ErrorReport;
  /** What was there before was put back. */
  readonly putBack?: true;
}

/** Said of a host that failed and was taken back. */
export const PUT_BACK = 'put back: the old state is in place';

const EVIDENCE_LINES = 5;
const ALL = Number.POSITIVE_INFINITY;

/**
 * One line for each host that failed or could not be reached: status, host, action and cause; failed ones first. Hosts
 * with one and the same cause stand together, with the evidence of the first and the next step once below them.
 */
export function failureLines(
  failures: readonly Failure[],
  style: Style,
  options: { readonly verbose?: boolean } = {},
): string[] {
  const width = Math.min(30, Math.max(0, ...failures.map((failure) => columnsOf(style.line(failure.host)))));
  const sorted = failures.toSorted((a, b) => a.status.localeCompare(b.status));
  const groups = groupBy(sorted, ({ status, error: { message, action, next }, putBack }) =>
    JSON.stringify([status, message, action, next, putBack]),
  );
  return [...groups.values()].flatMap((group) => {
    const rows = group.map(({ host, status, error }) => {
      const label = style.alarm(pad(status.toUpperCase(), 11));
      return `${label}  ${style.bold(pad(style.line(host), width))}  ${causeOf(error, style)}`;
    });
    return [...rows, ...afterRows(group, style, options.verbose === true)];
  });
}

function afterRows([first]: readonly Failure[], style: Style, verbose: boolean): string[] {
  if (first === undefined) return [];
  const indent = ' '.repeat(13);
  const evidence = evidenceOf(first.error, style, verbose ? ALL : EVIDENCE_LINES).map((line) =>
    style.dim(`${indent}| ${line}`),
  );
  const state = first.putBack === true ? [`${indent}${PUT_BACK}`] : [];
  const next = first.error.next === undefined ? [] : [`${indent}next: ${style.line(first.error.next)}`];
  return [...evidence, ...state, ...next];
}
