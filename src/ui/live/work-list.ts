import { Writable } from 'node:stream';
import { Listr, type ListrDefaultRendererTask, type ListrTask, ListrTaskState } from 'listr2';
import type { Size } from '../terminal/size.ts';
import type { Style } from '../terminal/style.ts';
import { FrameOutput } from './frame.ts';
import { FrameRenderer, type LiveOptions, LiveRenderer, loadRenderer } from './renderer.ts';

/** How far an item of work is. */
export type WorkState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped';

/** An item of work, and what it consists of. Keys are unique in a list. */
export interface WorkItem {
  readonly key: string;
  readonly title: string;
  readonly items?: readonly WorkItem[];
}

/** What is seen of an item: its line, and what it is at below that while it runs. Safe for a terminal. */
export interface WorkLook {
  readonly state: WorkState;
  readonly title: string;
  readonly step?: string | undefined;
}

export interface WorkListOptions {
  readonly out: Writable;
  readonly size: () => Size;
  readonly style: Style;
  /** Called before each frame, to bring looks up to date. Lines are drawn instead of the tree. */
  readonly frame: () => readonly string[] | undefined;
  /** Whether the next frame would be the last one again; default: never. */
  readonly idle?: () => boolean;
}

/** Work on a terminal, drawn by listr2 as a list of tasks. */
export interface WorkList {
  /** Begins to draw these items. Once. */
  begin(items: readonly WorkItem[]): void;
  set(key: string, look: WorkLook): void;
  /** Text (with its final newline) that stays, above the list. */
  print(text: string): void;
  /** Takes the list away, for a prompt or other output, until `resume`. */
  suspend(): void;
  resume(): void;
  /** Ends the list; `keep`: as it was last, it stays on the screen; `after` comes below. Further calls do nothing. */
  close(keep: boolean, after?: string): void;
}

type Task = ListrDefaultRendererTask;
type Handle = Pick<Task, 'state$' | 'title$' | 'output$' | 'message$'>;

interface Entry {
  look: WorkLook;
  task: Handle | undefined;
  readonly end: () => void;
  readonly ended: Promise<void>;
}

interface Drawing {
  readonly renderer: FrameRenderer;
  ready: boolean;
  over: boolean;
}

const STATES: Readonly<Record<WorkState, ListrTaskState>> = {
  waiting: ListrTaskState.WAITING,
  running: ListrTaskState.STARTED,
  done: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  skipped: ListrTaskState.SKIPPED,
};

/** A list that is ready to be drawn at once. */
export async function createWorkList(options: WorkListOptions): Promise<WorkList> {
  const list = new ListrWork(options);
  const silent = new FrameOutput(new Writable({ write: (_chunk, _encoding, done) => done() }), options.size);
  await loadRenderer(list.live, silent);
  return list;
}

class ListrWork implements WorkList {
  readonly live: LiveOptions;
  readonly #options: WorkListOptions;
  readonly #entries = new Map<string, Entry>();
  #tasks: Task[] | undefined;
  #drawing: Drawing | undefined;
  #closed = false;

  constructor(options: WorkListOptions) {
    this.#options = options;
    const { out, size, style, frame, idle = () => false } = options;
    const attach = (tasks: Task[]): void => {
      this.#tasks = tasks;
      this.resume();
    };
    this.live = { output: new FrameOutput(out, size), style, size, attach, crowd: frame, idle };
  }

  begin(items: readonly WorkItem[]): void {
    const tasks = items.map((item) => this.#taskOf(item));
    const list = new Listr(tasks, {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: LiveRenderer,
      rendererOptions: this.live,
    });
    // Its tasks end by resolving: what failed is a state.
    void list.run();
  }

  set(key: string, look: WorkLook): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const before = entry.look;
    entry.look = look;
    if (entry.task !== undefined) show(entry.task, look, before);
    if (['done', 'failed', 'skipped'].includes(look.state)) entry.end();
  }

  print(text: string): void {
    const drawn = this.#drawing !== undefined;
    this.#clear();
    this.#options.out.write(this.#options.style.redact(text));
    if (drawn) this.resume();
  }

  suspend(): void {
    this.#clear();
    this.live.output.giveBack();
  }

  resume(): void {
    if (this.#closed || this.#tasks === undefined || this.#drawing !== undefined) return;
    this.live.output.hijack();
    const drawing: Drawing = { renderer: new FrameRenderer(this.#tasks, this.live), ready: false, over: false };
    this.#drawing = drawing;
    void drawing.renderer.render().then(() => {
      drawing.ready = true;
      if (!drawing.over) return this.#first(drawing.renderer);
      drawing.renderer.end();
      if (this.#drawing === undefined) this.live.output.giveBack();
    });
  }

  close(keep: boolean, after = ''): void {
    if (this.#closed) return;
    this.#clear();
    this.#closed = true;
    const tasks = keep ? (this.#tasks ?? []) : [];
    const text = tasks.length === 0 ? '' : `${new FrameRenderer(tasks, this.live).create({ prompt: false })}\n`;
    if (text + after !== '') this.#options.out.write(text + after);
    this.live.output.giveBack();
    for (const { end } of this.#entries.values()) end();
  }

  #clear(): void {
    const drawing = this.#drawing;
    this.#drawing = undefined;
    if (drawing === undefined) return;
    drawing.over = true;
    if (drawing.ready) drawing.renderer.end();
  }

  /** A new renderer learns of steps under way by being told again. */
  #first(renderer: FrameRenderer): void {
    renderer.create();
    for (const { task, look } of this.#entries.values()) if (task !== undefined) show(task, look, undefined);
    renderer.update();
  }

  #taskOf({ key, title, items = [] }: WorkItem): ListrTask<unknown, typeof LiveRenderer> {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const entry: Entry = { look: { state: 'waiting', title }, task: undefined, end, ended };
    this.#entries.set(key, entry);
    const children = items.map((item) => this.#taskOf(item));
    return {
      title,
      task: (_context, wrapper) => {
        entry.task = wrapper.task;
        show(entry.task, entry.look, undefined);
        return children.length === 0 ? entry.ended : wrapper.newListr(children, { concurrent: true });
      },
    };
  }
}

function show(task: Handle, look: WorkLook, before: WorkLook | undefined): void {
  const { state, title, step } = look;
  if (title !== before?.title) task.title$ = title;
  if (step !== before?.step) task.output$ = step ?? '';
  if (state === before?.state && title === before.title) return;
  if (state === 'failed') task.message$ = { error: title };
  if (state === 'skipped') task.message$ = { skip: title };
  task.state$ = STATES[state];
}
