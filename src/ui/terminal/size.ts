import type { ApplyViewOptions } from '../apply/view.ts';

/** Columns and rows of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The terminal's size now: what the stream says, which follows a resize, else the options, else 80 x 24. */
export function terminalSize({ out, columns, rows }: Pick<ApplyViewOptions, 'out' | 'columns' | 'rows'>): Size {
  const live = (key: 'columns' | 'rows') => {
    const value: unknown = Reflect.get(out, key);
    return typeof value === 'number' && value > 0 ? value : undefined;
  };
  return { columns: live('columns') ?? columns ?? 80, rows: live('rows') ?? rows ?? 24 };
}
