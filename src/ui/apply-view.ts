import type { Writable } from 'node:stream';
import type { Emit } from '../apply/events.ts';
import type { OutputChoice } from './output.ts';
import type { Style } from './style.ts';
import { createStyle } from './style.ts';
import type { Redact } from './text.ts';

/** Draws an apply's events. `close` is called once, at the end and after an exception; it restores the terminal. */
export interface ApplyView {
  readonly emit: Emit;
  close(): void;
}

export interface ApplyViewOptions {
  readonly out: Writable;
  /** For the proposed next commands. */
  readonly inventoryPath: string;
  readonly verbose: boolean;
  readonly colour: boolean;
  readonly unicode?: boolean;
  /** Size of the terminal where `out` does not tell; default 80 x 24. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly redact?: Redact;
  /** Milliseconds; default Date.now. */
  readonly now?: () => number;
}

/** The view of a kind; what only one kind needs is loaded with it. */
export async function createApplyView(kind: OutputChoice['kind'], options: ApplyViewOptions): Promise<ApplyView> {
  const style = styleOf(kind, options);
  if (kind === 'json') return (await import('./json-view.ts')).createJsonView(style, options);
  if (kind === 'plain') return (await import('./plain-view.ts')).createPlainView(style, options);
  return (await import('./terminal-view.ts')).createTerminalView(style, options);
}

function styleOf(kind: OutputChoice['kind'], options: ApplyViewOptions): Style {
  const { colour, unicode = true, redact, columns = 100 } = options;
  const masking = redact === undefined ? {} : { redact };
  return createStyle({ colour: colour && kind !== 'json', unicode, columns: Math.min(100, columns), ...masking });
}
