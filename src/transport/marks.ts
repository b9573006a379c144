/** Where in a marked stream the reader stands. */
export type MarkState = 'before' | 'body' | 'trailer' | 'done';

const LONGEST_TRAILER = 16;

/**
 * Cuts a byte stream of the form NOISE BEGIN body END trailer NEWLINE into its body and its trailer. Marks may be
 * split between chunks anywhere. Holds back only what may be the beginning of a mark.
 */
export class MarkedStream {
  state: MarkState = 'before';
  /** What stood between the end mark and its newline. */
  trailer = '';
  readonly #begin: Buffer;
  readonly #end: Buffer;
  readonly #onBody: (bytes: Buffer) => void;
  #held = Buffer.alloc(0);

  /** `end` begins with a newline and has no other. */
  constructor(begin: string, end: string, onBody: (bytes: Buffer) => void) {
    this.#begin = Buffer.from(begin);
    this.#end = Buffer.from(end);
    this.#onBody = onBody;
  }

  /** Takes the next bytes; `state` tells afterwards how far the stream has come. */
  push(chunk: Buffer): void {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    if (this.state === 'before') {
      const at = bytes.indexOf(this.#begin);
      if (at < 0) return this.#hold(bytes, this.#begin.length - 1);
      bytes = bytes.subarray(at + this.#begin.length);
      this.state = 'body';
    }
    if (this.state === 'body') {
      const at = bytes.indexOf(this.#end);
      if (at < 0) {
        const kept = this.#begunMark(bytes);
        if (bytes.length > kept) this.#onBody(bytes.subarray(0, bytes.length - kept));
        return this.#hold(bytes, kept);
      }
      if (at > 0) this.#onBody(bytes.subarray(0, at));
      bytes = bytes.subarray(at + this.#end.length);
      this.state = 'trailer';
    }
    if (this.state === 'trailer') {
      const at = bytes.indexOf(10);
      if (at < 0) return this.#hold(bytes, LONGEST_TRAILER);
      this.trailer = bytes.toString('latin1', 0, at);
      this.state = 'done';
    }
  }

  /** How many of the last bytes may be the first ones of the end mark, which begins with its only newline. */
  #begunMark(bytes: Buffer): number {
    const at = bytes.lastIndexOf(10);
    const length = at < 0 ? 0 : bytes.length - at;
    return length < this.#end.length && bytes.subarray(at).equals(this.#end.subarray(0, length)) ? length : 0;
  }

  #hold(bytes: Buffer, length: number): void {
    this.#held = Buffer.from(bytes.subarray(Math.max(0, bytes.length - length)));
  }
}
