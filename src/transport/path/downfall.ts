/** Hears why something is down, once. `error` is what caused it, where there is an error. */
export type DownListener = (why: string, error: unknown) => void;

/** Something that goes down once, and tells those who want to know. */
export class Downfall {
  /** Why it is down, once it is. */
  down: string | undefined;
  #cause: unknown;
  #listeners: DownListener[] = [];

  /** Calls back once when it goes down, at once if it already has. */
  onDown(listener: DownListener): void {
    if (this.down === undefined) this.#listeners.push(listener);
    else listener(this.down, this.#cause);
  }

  /** Takes it down; a second time changes nothing. */
  fall(why: string, error?: unknown): void {
    if (this.down !== undefined) return;
    this.down = why;
    this.#cause = error;
    for (const listener of this.#listeners.splice(0)) listener(why, error);
  }
}
