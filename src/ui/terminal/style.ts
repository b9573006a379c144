import { Chalk } from 'chalk';
import type { Redact } from './text.ts';
import { visible, visibleLine } from './text.ts';

/** Puts colour around our own or already safe text. */
export type Paint = (text: string) => string;

/** How text is put: colours, marks, width, and the masking that every view applies last. */
export interface Style {
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Written to a terminal, where a long line would be broken inside a word. */
  readonly terminal: boolean;
  /** Columns that a view's own lines keep to. */
  readonly columns: number;
  readonly redact: Redact;
  /** Text from outside on one line: masked, then made safe for a terminal. */
  readonly line: (text: string) => string;
  /** Text from outside with its lines: masked, then made safe for a terminal. */
  readonly block: (text: string) => string;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
  /** For what must not be missed: a split brain, a failure. */
  readonly alarm: Paint;
}

export interface StyleOptions {
  readonly colour: boolean;
  /** Default true. False draws with ASCII alone. */
  readonly unicode?: boolean;
  /** Default 100. */
  readonly columns?: number;
  /** Default false. */
  readonly terminal?: boolean;
  /** Default: nothing is masked. */
  readonly redact?: Redact;
}

/** A style of its own; chalk's global colour detection has no say in it. */
export function createStyle(options: StyleOptions): Style {
  const { colour, unicode = true, terminal = false, columns = 100, redact = (text) => text } = options;
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return {
    colour,
    unicode,
    terminal,
    columns,
    redact,
    line: (text) => visibleLine(redact(text)),
    block: (text) => visible(redact(text)),
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    yellow: (text) => chalk.yellow(text),
    cyan: (text) => chalk.cyan(text),
    alarm: (text) => chalk.red.bold(text),
  };
}
