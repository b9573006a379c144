import type { ErrorReport } from '../../errors.ts';
import { causeOf, evidenceOf, fixLines } from '../terminal/error-view.ts';
import { groupBy } from '../terminal/group.ts';
import type { Style } from '../terminal/style.ts';
import { columnsOf, pad, wrapList, wrapText } from '../terminal/text.ts';

/** A host that is not fine, and why. */
export interface Failure {
  readonly host: string;
  readonly status: 'failed' | 'unreachable';
  readonly error: ErrorReport;
  /** What was there before was put back. */
  readonly putBack?: true;
}

/** Said of a host that failed and was taken back. */
export const PUT_BACK = 'reverted; the previous configuration is running';

const EVIDENCE_LINES = 5;
const ALL = Number.POSITIVE_INFINITY;
/** Hosts with one cause from which on it stands once, with their names below it. */
const SHARED_FROM = 4;
const INDENT = 13;

/**
 * What failed or could not be reached, failed ones first: status, host, action and cause on one line. Hosts with one and
 * the same cause stand together, with the evidence of the first and the fix once below them; many share one line.
 */
export function failureLines(
  failures: readonly Failure[],
  style: Style,
  options: { readonly verbose?: boolean } = {},
): string[] {
  const width = Math.min(30, Math.max(0, ...failures.map((failure) => columnsOf(style.line(failure.host)))));
  const sorted = failures.toSorted((a, b) => a.status.localeCompare(b.status));
  const groups = groupBy(sorted, ({ host, status, error: { message, action, next }, putBack }) =>
    JSON.stringify([status, likeOthers(message, host), action, likeOthers(next ?? '', host), putBack]),
  );
  return [...groups.values()].flatMap((group) => {
    const rows =
      group.length < SHARED_FROM ? group.flatMap((one) => rowOf(one, width, style)) : sharedRows(group, style);
    return [...rows, ...afterRows(group, style, options.verbose === true)];
  });
}

function rowOf({ host, status, error }: Failure, width: number, style: Style): string[] {
  const label = style.alarm(pad(status.toUpperCase(), INDENT - 2));
  const name = style.bold(pad(style.line(host), width));
  const [first = '', ...more] = wrapText(causeOf(error, style), Math.max(30, style.columns - INDENT - width - 2));
  return [`${label}  ${name}  ${first}`, ...more.map((line) => ' '.repeat(INDENT + width + 2) + line)];
}

function sharedRows(group: readonly Failure[], style: Style): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const label = style.alarm(pad(first.status.toUpperCase(), INDENT - 2));
  const cause = likeOthers(causeOf(first.error, style), first.host, HOST);
  const names = wrapList(
    group.map(({ host }) => style.line(host)),
    Math.max(30, style.columns - INDENT),
  );
  return [
    `${label}  ${style.bold(`${group.length} hosts`)}  ${cause}`,
    ...names.map((line) => ' '.repeat(INDENT) + line),
  ];
}

const HOST = 'HOST';
const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b|\[?[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}\]?/gi;

/** A text without what is a host's own: its name and addresses. */
function likeOthers(text: string, host: string, instead = HOST): string {
  return text.replaceAll(host, instead).replace(ADDRESS, instead);
}

function afterRows(group: readonly Failure[], style: Style, verbose: boolean): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const { error, host, putBack } = first;
  const indent = ' '.repeat(INDENT);
  const evidence = evidenceOf(error, style, verbose ? ALL : EVIDENCE_LINES).map((line) =>
    style.dim(`${indent}| ${line}`),
  );
  const state = putBack === true ? [`${indent}${PUT_BACK}`] : [];
  const shared = group.length >= SHARED_FROM && error.next !== undefined;
  const fix = shared ? { ...error, next: likeOthers(error.next, host) } : error;
  return [...evidence, ...state, ...fixLines(fix, indent, style)];
}
