import type { Problem } from './model.ts';

/** Keys and list positions from the root of an inventory to a value. */
export type Path = readonly (string | number)[];

/** Something wrong at a path, before its position in the file is known. */
export interface Finding {
  readonly path: Path;
  /** Default: value, where there is one, else the nearest key above it. */
  readonly at?: 'key' | 'value';
  readonly severity: Problem['severity'];
  readonly rule: string;
  readonly message: string;
  /** Further values that the finding was computed from: it is dropped when one of them is itself wrong. */
  readonly involves?: readonly Path[];
}

/** The contract's line: `FILE:LINE:COLUMN severity: message [rule]`. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, severity, message, rule } = problem;
  return `${file}:${line}:${column} ${severity}: ${message} [${rule}]`;
}

/** Errors before warnings, each in file order: what keeps the inventory from working comes first. Equal ones are shown once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) {
    const clean = { ...problem, message: printable(problem.message) };
    seen.set(formatProblem(clean), clean);
  }
  return [...seen.values()].sort(
    (a, b) =>
      compare(a.severity, b.severity) ||
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compare(a.rule, b.rule),
  );
}

/** What a hostile file put into a message cannot drive a terminal, nor look like another line. */
function printable(message: string): string {
  return message.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '?');
}

export function isError(problem: Pick<Problem, 'severity'>): boolean {
  return problem.severity === 'error';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
