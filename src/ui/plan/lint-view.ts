import type { Problem } from '../../inventory/model.ts';
import { formatProblem } from '../../inventory/problem.ts';
import type { ProofRow } from '../../vrrp/proof.ts';
import type { Style } from '../terminal/style.ts';
import { counted } from '../terminal/text.ts';
import { codeFrame, type SourceOf } from './code-frame.ts';
import { proofTable } from './proof-table.ts';

/** The failover proof of one VRRP instance. */
export interface Proof {
  readonly cluster: string;
  readonly instance: string;
  readonly rows: readonly ProofRow[];
}

export interface LintViewOptions {
  readonly verbose?: boolean;
  /** Shows the line that a problem is about. */
  readonly sourceOf?: SourceOf;
}

// With more instances than this only the refuted ones have their table: one wrong line must not drown.
const TABLES = 5;

/** `lint --json`: the contract's form. Masking is the JSON writer's. */
export function lintJson(problems: readonly Problem[]): { readonly problems: readonly Problem[] } {
  return {
    problems: problems.map(({ file, line, column, severity, rule, message }) => ({
      file,
      line,
      column,
      severity,
      rule,
      message,
    })),
  };
}

/**
 * Problems as `FILE:LINE:COLUMN severity: message [rule]`, one a line; the tables of the failover proof where there are
 * any; a closing count. Ends with a newline.
 */
export function renderLint(
  problems: readonly Problem[],
  style: Style,
  proofs: readonly Proof[] = [],
  options: LintViewOptions = {},
): string {
  const all = options.verbose === true || proofs.length <= TABLES;
  const shown = all ? proofs : proofs.filter(({ rows }) => rows.some((row) => !row.proved));
  const lines = [
    ...problemLines(problems, style, options.sourceOf),
    ...shown.flatMap((proof) => proofTable(proof, style)),
  ];
  if (shown.length < proofs.length)
    lines.push(`PROOF ${proofs.length - shown.length} more instances, all proved (--verbose shows them)`);
  return style.redact(`${[...lines, closingLine(problems, proofs, style)].join('\n')}\n`);
}

/** Problems alone, for the commands that refuse to go on with them; a closing count of them. Ends with a newline. */
export function renderProblems(problems: readonly Problem[], style: Style, sourceOf?: SourceOf): string {
  return renderLint(problems, style, [], sourceOf === undefined ? {} : { sourceOf });
}

/** Each problem, and below the last one of a line that line with a caret. */
function problemLines(problems: readonly Problem[], style: Style, sourceOf: SourceOf | undefined): string[] {
  return problems.flatMap((problem, at) => {
    const next = problems[at + 1];
    const again = next !== undefined && next.file === problem.file && next.line === problem.line;
    return [
      problemLine(problem, style),
      ...(sourceOf === undefined || again ? [] : codeFrame(problem, sourceOf, style)),
    ];
  });
}

function problemLine(problem: Problem, style: Style): string {
  const line = style.line(formatProblem(problem));
  if (!style.colour) return line;
  const { severity } = problem;
  const paint = severity === 'error' ? style.alarm : style.yellow;
  const at = line.indexOf(` ${severity}: `);
  const rule = line.lastIndexOf(' [');
  if (at < 0 || rule < at) return line;
  const message = line.slice(at + severity.length + 3, rule);
  return `${style.bold(line.slice(0, at))} ${paint(`${severity}:`)} ${message}${style.dim(line.slice(rule))}`;
}

function closingLine(problems: readonly Problem[], proofs: readonly Proof[], style: Style): string {
  const number = (severity: Problem['severity']) => problems.filter((problem) => problem.severity === severity).length;
  const rows = proofs.flatMap((proof) => proof.rows);
  const proved = rows.filter((row) => row.proved).length;
  const refuted = rows.length - proved;
  const tail = refuted === 0 ? '' : `, ${style.alarm(`${refuted} REFUTED`)}`;
  const proof = rows.length === 0 ? '' : `; ${proved} of ${counted(rows.length, 'failover')} proved${tail}`;
  return `${style.bold(`LINT ${counted(number('error'), 'error')}, ${counted(number('warning'), 'warning')}`)}${proof}`;
}
