import type { ErrorReport } from '../../errors.ts';
import { HaprovError, reportError } from '../../errors.ts';
import type { Style } from './style.ts';
import { counted, hanging, wrapText } from './text.ts';

export interface ErrorViewOptions {
  /** All of the evidence, and the stack of an unexpected error. */
  readonly verbose?: boolean;
}

const EVIDENCE_LINES = 8;
/** Columns of the label and what follows it. */
const LABEL = 'ERROR  '.length;

/**
 * An error for people: host, action and cause on one line, the evidence below it, the next step last. Expected errors
 * show no stack; several thrown at once are shown one after the other. Ends with a newline.
 */
export function renderError(error: unknown, style: Style, options: ErrorViewOptions = {}): string {
  const errors = error instanceof AggregateError && error.errors.length > 0 ? error.errors : [error];
  const lines = errors.flatMap((each) => {
    const limit = options.verbose === true ? Number.POSITIVE_INFINITY : EVIDENCE_LINES;
    return errorLines(shown(each, options), style, { label: style.alarm('ERROR'), evidenceLines: limit });
  });
  return style.redact(`${lines.join('\n')}\n`);
}

/** An error report as lines: `LABEL host  action: cause`, indented evidence, `Fix: …`; wrapped. For views that list several. */
export function errorLines(
  report: ErrorReport,
  style: Style,
  options: { readonly label: string; readonly evidenceLines: number },
): string[] {
  const host = report.host === undefined ? '' : `${style.line(report.host)}  `;
  const [first = '', ...more] = wrapText(`${host}${causeOf(report, style)}`, style.columns - LABEL);
  const lines = [`${options.label}  ${first}`, ...more.map((line) => ' '.repeat(LABEL) + line)];
  for (const line of evidenceOf(report, style, options.evidenceLines)) lines.push(style.dim(`  | ${line}`));
  return [...lines, ...fixLines(report, '  ', style)];
}

/** "Fix: …", wrapped under itself; none where no fix is known. */
export function fixLines({ next }: ErrorReport, indent: string, style: Style): string[] {
  return next === undefined ? [] : hanging(`${indent}Fix: `, style.line(next), style.columns);
}

/** Action and cause in one clause: "connect: permission denied". */
export function causeOf(report: ErrorReport, style: Style): string {
  const message = style.line(report.message);
  return report.action === undefined ? message : `${style.line(report.action)}: ${message}`;
}

// The end of stderr says what went wrong; its head is progress.
/** The last lines of an error's evidence, safe to print, and a word on how many stand before them. */
export function evidenceOf(report: ErrorReport, style: Style, limit: number): string[] {
  const lines = style
    .block(report.evidence ?? '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  if (lines.length <= limit) return lines;
  const rest = lines.length - limit;
  return [
    ...(rest > 0 ? [`(${counted(rest, 'earlier line')}; --verbose shows them)`] : []),
    ...lines.slice(lines.length - limit),
  ];
}

function shown(error: unknown, options: ErrorViewOptions): ErrorReport {
  const report = reportError(error);
  if (error instanceof HaprovError || options.verbose === true) return report;
  const { message } = report;
  return { message, next: 'this is a fault in haprov: run the command again with --verbose and report what it prints' };
}
