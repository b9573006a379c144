import type { OutputChoice } from '../terminal/output.ts';
import { terminalSize } from '../terminal/size.ts';
import type { Style } from '../terminal/style.ts';
import { createStyle } from '../terminal/style.ts';
import type { ApplyView, ApplyViewOptions } from './view.ts';

/** The view of a kind; what only one kind needs is loaded with it. */
export async function createApplyView(kind: OutputChoice['kind'], options: ApplyViewOptions): Promise<ApplyView> {
  const style = styleOf(kind, options);
  if (kind === 'json') return (await import('./json-view.ts')).createJsonView(style, options);
  if (kind === 'plain') return (await import('./plain-view.ts')).createPlainView(style, options);
  return await (await import('./terminal-view.ts')).createTerminalView(style, options);
}

function styleOf(kind: OutputChoice['kind'], options: ApplyViewOptions): Style {
  const { colour, unicode = true, redact } = options;
  const columns = kind === 'terminal' ? terminalSize(options).columns : 100;
  const masking = redact === undefined ? {} : { redact };
  return createStyle({ colour: colour && kind !== 'json', unicode, columns: Math.min(100, columns), ...masking });
}
