import { columnsOf, pad } from './text.ts';

/** Rows of cells without colours as lines: each column as wide as its widest cell, those of `right` flush right. */
export function alignedRows(rows: readonly (readonly string[])[], right?: (column: number) => boolean): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, columnsOf(cell));
  }
  const align = (cell: string, at: number): string => {
    const width = widths[at] ?? 0;
    return right?.(at) === true ? ' '.repeat(width - columnsOf(cell)) + cell : pad(cell, width);
  };
  return rows.map((row) => row.map(align).join('  ').trimEnd());
}
