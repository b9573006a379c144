import type { Writable } from 'node:stream';
import { seconds } from '../apply/event-lines.ts';
import { terminalSize } from '../terminal/size.ts';
import type { Style } from '../terminal/style.ts';
import { counted } from '../terminal/text.ts';
import { createWorkList } from './work-list.ts';

/** Work without events of its own. */
export interface UnderWay {
  readonly out: Writable;
  readonly style: Style;
  /** What is done, as a verb phrase: "Ask 2 hosts". */
  readonly title: string;
  /** What it is at; default: nothing is said. */
  readonly step?: () => string;
}

/** Shows one task with its time while the work runs, and nothing of it afterwards. For terminals. */
export async function showWhile<T>({ out, style, title, step }: UnderWay, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const key = 'work';
  const list = await createWorkList({ out, style, size: () => terminalSize({ out }), frame });
  function frame(): undefined {
    const time = style.dim(seconds(Date.now() - began));
    list.set(key, { state: 'running', title: `${title}  ${time}`, step: step?.() });
  }
  list.begin([{ key, title }]);
  try {
    return await work();
  } finally {
    list.close(false);
  }
}

/** Hosts that have not answered yet. */
export class Unanswered {
  readonly #hosts: Set<string>;
  readonly #style: Style;

  constructor(hosts: readonly string[], style: Style) {
    this.#hosts = new Set(hosts);
    this.#style = style;
  }

  answered(host: string): void {
    this.#hosts.delete(host);
  }

  /** "waiting for lb1, lb2 and 3 more hosts"; `after`: what is done once all have answered. */
  text(after = ''): string {
    const [first, second, ...more] = [...this.#hosts].map(this.#style.line);
    if (first === undefined) return after;
    const names = second === undefined ? first : `${first}, ${second}`;
    return `waiting for ${names}${more.length === 0 ? '' : ` and ${counted(more.length, 'more host')}`}`;
  }
}
