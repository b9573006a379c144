import { stripVTControlCharacters } from 'node:util';
import type { Change } from '../../changes/change.ts';
import type { Style } from '../terminal/style.ts';
import { counted } from '../terminal/text.ts';
import { colourDiff, cutLongLines, unifiedDiff } from './diff.ts';

/** Which texts of files a plan shows: all; those that are not haprov's own; none. */
export const DIFF_CHOICES = ['full', 'changed', 'none'] as const;
export type DiffChoice = (typeof DIFF_CHOICES)[number];

/** Diffs that were printed, with the label of the host or hosts they stand at. */
export type ShownDiffs = Map<string, string>;

// A diff of more lines says how to see the rest; nobody reads further than this on a terminal.
const DIFF_LINES = 400;
const LINE_LENGTH = 400;

/** The lines of a change's diff below it: none where there is none, or none is wanted. */
export function diffLines(
  change: Change,
  label: string,
  shown: ShownDiffs,
  style: Style,
  options: { readonly verbose?: boolean; readonly diff?: DiffChoice; readonly brief?: boolean },
): string[] {
  const choice = options.diff ?? (options.verbose === true ? 'full' : 'changed');
  if (choice === 'none' || (choice === 'changed' && isOwn(change))) return [];
  const diff = unifiedDiff(maskedDiff(change, style));
  if (diff === null) return [];
  const before = shown.get(diff);
  if (before !== undefined && options.verbose !== true) return [style.dim(`    (the same diff as ${before}, above)`)];
  shown.set(diff, label);
  if (options.verbose === true) return colourDiff(diff, style).map((line) => `    ${line}`);
  const whole = colourDiff(cutLongLines(diff, LINE_LENGTH), style);
  const lines = (options.brief === true && choice !== 'full' ? briefly(whole, change) : whole).map(
    (line) => `    ${line}`,
  );
  if (lines.length <= DIFF_LINES) return lines;
  return [
    ...lines.slice(0, DIFF_LINES),
    style.yellow(`    ${counted(lines.length - DIFF_LINES, 'more line')} (--verbose shows them)`),
  ];
}

/** Files whose text is haprov's own, or stands in another line of the plan: rules of the firewall. */
function isOwn({ bundled, target }: Change): boolean {
  return bundled === true || /\/haprov-firewall(\.service)?$/.test(target);
}

/** Without what the line of the change says already, and for a new file without empty lines and haprov's own head. */
function briefly(lines: readonly string[], { diff }: Change): readonly string[] {
  const body = lines.slice(2);
  if (diff?.before !== null) return body;
  return body.slice(1).filter((line) => !/^\+\s*(# Written by haprov.*)?$/.test(stripVTControlCharacters(line)));
}

// Masked before lines are cut and coloured: afterwards a secret of several lines would no longer be found.
function maskedDiff(change: Change, style: Style): Change {
  if (change.diff === undefined) return change;
  const { before, after } = change.diff;
  const masked = (side: string | null) => (side === null ? null : style.redact(side));
  return { ...change, diff: { ...change.diff, before: masked(before), after: masked(after) } };
}
