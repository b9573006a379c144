import { stripVTControlCharacters } from 'node:util';
import {
  DefaultRenderer,
  ListrDefaultRendererLogLevels as Level,
  type ListrDefaultRendererOptions,
  type ListrDefaultRendererTask,
  ListrEventManager,
  ListrLogger,
  type ListrRenderer,
  Spinner,
} from 'listr2';
import { guardedText } from '../terminal/guarded.ts';
import type { Size } from '../terminal/size.ts';
import type { Paint, Style } from '../terminal/style.ts';
import { clip, columnsOf } from '../terminal/text.ts';
import type { FrameOutput } from './frame.ts';

/** How a list is drawn. */
export interface LiveOptions {
  readonly output: FrameOutput;
  readonly style: Style;
  readonly size: () => Size;
  /** Takes the screen over, so that it can step aside. */
  readonly attach: (tasks: ListrDefaultRendererTask[]) => void;
  /** Lines for what does not fit the screen as a tree; undefined: it fits. */
  readonly crowd: () => readonly string[] | undefined;
  /** Whether the next frame would be the last one again. */
  readonly idle: () => boolean;
}

/** Of listr2's renderers the one that haprov hands in: a list says when it begins; the screen draws it. */
export class LiveRenderer implements ListrRenderer {
  static nonTTY = true;
  static rendererOptions: LiveOptions;
  static rendererTaskOptions: Record<string, never>;
  readonly #tasks: ListrDefaultRendererTask[];
  readonly #options: LiveOptions;

  constructor(tasks: ListrDefaultRendererTask[], options: LiveOptions) {
    this.#tasks = tasks;
    this.#options = options;
  }

  render(): void {
    this.#options.attach(this.#tasks);
  }

  /** The screen ends by itself, in the same moment as the last event. */
  end(): void {}
}

/** Draws a tree of tasks as listr2 does; beyond what fits, the crowd's lines. At its end the screen is clear again. */
export class FrameRenderer extends DefaultRenderer {
  readonly #live: LiveOptions;

  constructor(tasks: ListrDefaultRendererTask[], live: LiveOptions) {
    // Events of its own that never come: listr2 would draw at each change of a task.
    super(tasks, { ...looks(live), clearOutput: true }, new ListrEventManager());
    this.#live = live;
  }

  override update(): void {
    if (!this.#live.idle()) super.update();
  }

  /** One line, cut at the width of this moment: listr2 would follow the process's own stdout. */
  protected override format(message: string, icon: string, level: number): string[] {
    const { style, size } = this.#live;
    const [line = ''] = message.split('\n');
    if (line.trim() === '') return [];
    const indent = '  '.repeat(level);
    const room = Math.max(20, size().columns) - 1 - indent.length - 2;
    const bare = stripVTControlCharacters(line);
    const text = columnsOf(bare) <= room ? line : clip(bare, room, style.unicode);
    return [`${indent}${icon} ${text}`];
  }

  override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
    const text = this.#live.crowd()?.join('\n') ?? super.create(options);
    return guardedText(this.#live.style.redact(text));
  }
}

/** Ten frames a second, whatever happens meanwhile. */
class Dots extends Spinner {
  protected override readonly spinner: string[];

  constructor(unicode: boolean) {
    super();
    this.spinner = [...(unicode ? '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏' : '-\\|/')];
  }
}

/** Marks and colours are the style's; listr2's own follow the environment. */
function looks({ output, style }: LiveOptions): ListrDefaultRendererOptions {
  const mark = (fancy: string, plain: string): string => (style.unicode ? fancy : plain);
  const paint = (one: Paint) => (text?: string) => one(text ?? '');
  return {
    logger: new ListrLogger({ processOutput: output, useIcons: true }),
    spinner: new Dots(style.unicode),
    collapseSubtasks: false,
    collapseSkips: true,
    suffixSkips: false,
    icon: {
      [Level.COMPLETED]: mark('✔', '+'),
      [Level.COMPLETED_WITH_FAILED_SUBTASKS]: mark('✖', 'x'),
      [Level.COMPLETED_WITH_FAILED_SISTER_TASKS]: mark('◼', '-'),
      [Level.FAILED]: mark('✖', 'x'),
      [Level.FAILED_WITH_FAILED_SUBTASKS]: mark('✖', 'x'),
      [Level.SKIPPED_WITH_COLLAPSE]: mark('↓', 'o'),
      [Level.PENDING]: mark('❯', '>'),
      [Level.OUTPUT]: mark('›', '>'),
      [Level.WAITING]: mark('◼', '-'),
    },
    color: {
      [Level.COMPLETED]: paint(style.green),
      [Level.COMPLETED_WITH_FAILED_SUBTASKS]: paint(style.red),
      [Level.COMPLETED_WITH_FAILED_SISTER_TASKS]: paint(style.dim),
      [Level.FAILED]: paint(style.red),
      [Level.FAILED_WITH_FAILED_SUBTASKS]: paint(style.red),
      [Level.SKIPPED_WITH_COLLAPSE]: paint(style.yellow),
      [Level.PENDING]: paint(style.cyan),
      [Level.OUTPUT]: paint(style.dim),
      [Level.WAITING]: paint(style.dim),
    },
  };
}

/** Loads what the renderer would load at its first frame, so that the first frame is drawn at once. */
export async function loadRenderer(live: LiveOptions, silent: FrameOutput): Promise<void> {
  const first = new FrameRenderer([], { ...live, output: silent });
  await first.render();
  first.end();
  silent.giveBack();
}
