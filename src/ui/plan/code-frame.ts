import type { Problem } from '../../inventory/model.ts';
import type { Style } from '../terminal/style.ts';
import { clip, columnsOf } from '../terminal/text.ts';

/** The lines of a file; undefined where it cannot be read. */
export type SourceOf = (file: string) => readonly string[] | undefined;

/** What may stand beside a secret: such a line is never shown, nor the ones below it that go on with its value. */
const SECRET = /pass|secret|token|key|webhook|url|command|env|file|auth|header|credential|bearer|body/i;

/**
 * The line of the file that a problem is about, with a caret below its place. Nothing where the line may hold a secret, or is
 * not there.
 */
export function codeFrame({ file, line, column }: Problem, sourceOf: SourceOf, style: Style): string[] {
  const lines = sourceOf(file);
  const text = lines?.[line - 1];
  if (lines === undefined || text === undefined || text.trim() === '' || isSecret(lines, line - 1)) return [];
  const number = `${line} | `;
  const before = text.slice(0, Math.max(0, column - 1));
  const shown = style.line(`x${text}`).slice(1);
  const room = Math.max(20, style.columns - number.length - 2);
  if (columnsOf(before) >= room) return [];
  const gap = ' '.repeat(number.length - 2);
  return [
    `  ${style.dim(number)}${clip(shown, room, style.unicode)}`,
    `  ${style.dim(`${gap}| `)}${' '.repeat(columnsOf(style.line(`x${before}x`)) - 2)}${style.red('^')}`,
  ];
}

/** Whether the line names something secret, or belongs to a value that one above it begins. */
function isSecret(lines: readonly string[], at: number): boolean {
  const indent = (text: string): number => text.length - text.trimStart().length;
  const own = lines[at] ?? '';
  if (SECRET.test(own)) return true;
  let depth = indent(own);
  for (let above = at - 1; above >= 0 && depth > 0; above--) {
    const text = lines[above] ?? '';
    if (text.trim() === '' || indent(text) >= depth) continue;
    depth = indent(text);
    if (SECRET.test(text)) return true;
  }
  return false;
}
