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

  constructor(begin: string, end: string, onBody: (bytes: Buffer) => void) {
    this.#begin = Buffer.from(begin);
    this.#end = Buffer.from(end);
    this.#onBody = onBody;
  }

  /** Takes the next bytes; `state` tells afterwards how far the stream has come. */
  push(chunk: Buffer): void {
    if (this.state === 'done') return;
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.state === 'before') bytes = this.#find(bytes, this.#begin, 'body', this.#begin.length - 1);
    if (this.state === 'body') bytes = this.#find(bytes, this.#end, 'trailer', this.#begunMark(bytes), this.#onBody);
    if (this.state === 'trailer') bytes = this.#readTrailer(bytes);
    this.#held = Buffer.from(bytes);
  }

  /** What is left after `mark`, or the last `kept` bytes where it is not there yet; what stands before goes to `take`. */
  #find(bytes: Buffer, mark: Buffer, next: MarkState, kept: number, take?: (before: Buffer) => void): Buffer {
    const at = bytes.indexOf(mark);
    if (at >= 0) this.state = next;
    const end = at >= 0 ? at : Math.max(0, bytes.length - kept);
    if (end > 0) take?.(bytes.subarray(0, end));
    return bytes.subarray(at >= 0 ? at + mark.length : end);
  }

  #readTrailer(bytes: Buffer): Buffer {
    const at = bytes.indexOf(10);
    if (at < 0) return bytes.subarray(0, LONGEST_TRAILER);
    this.trailer = bytes.toString('latin1', 0, at);
    this.state = 'done';
    return bytes.subarray(0, 0);
  }

  /** How many of the last bytes may be the first ones of the end mark. */
  #begunMark(bytes: Buffer): number {
    for (let length = Math.min(bytes.length, this.#end.length - 1); length > 0; length--) {
      if (bytes.subarray(-length).equals(this.#end.subarray(0, length))) return length;
    }
    return 0;
  }
}
