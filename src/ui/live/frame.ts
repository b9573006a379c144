import { Writable } from 'node:stream';
import { ProcessOutput } from 'listr2';
import { bareStream } from '../terminal/guarded.ts';
import type { Size } from '../terminal/size.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
// Terminals that know these show a frame at once; others ignore them (https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036).
const FRAME_BEGIN = '\u001b[?2026h';
const FRAME_END = '\u001b[?2026l';

/** A terminal as listr2 writes to it: every write is one frame, the size is that of this moment. */
class Frame extends Writable {
  readonly #out: Writable;
  readonly #size: () => Size;

  constructor(out: Writable, size: () => Size) {
    super({ decodeStrings: false });
    this.#out = out;
    this.#size = size;
  }

  get columns(): number {
    return this.#size().columns;
  }

  get rows(): number {
    return this.#size().rows;
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    const text = String(chunk);
    if (text !== '') this.#out.write(FRAME_BEGIN + text + FRAME_END);
    done();
  }
}

/** What listr2 needs of a terminal is there: it writes, and asks for the size. */
function isTerminal(stream: Frame): stream is Frame & NodeJS.WriteStream {
  return stream.writable;
}

/**
 * listr2's way to a terminal. It takes no stream over: what others write to stdout and stderr is seen at once. The cursor
 * is hidden from the first frame on until `giveBack`, and shown again when the process exits, come what may.
 */
export class FrameOutput extends ProcessOutput {
  readonly #frame: NodeJS.WriteStream;
  readonly #out: Writable;
  #hidden = false;
  readonly #restore = (): void => {
    this.#out.write(SHOW_CURSOR);
  };

  constructor(stream: Writable, size: () => Size) {
    super();
    const out = bareStream(stream);
    const frame = new Frame(out, size);
    if (!isTerminal(frame)) throw new Error('the terminal was closed');
    this.#frame = frame;
    this.#out = out;
  }

  override get stdout(): NodeJS.WriteStream {
    return this.#frame;
  }

  override hijack(): void {
    if (this.#hidden) return;
    this.#hidden = true;
    process.once('exit', this.#restore);
    this.#out.write(HIDE_CURSOR);
  }

  /** Nothing was taken over. */
  override release(): void {}

  override toStdout(text: string, eol = true): boolean {
    return this.#frame.write(eol ? `${text}\n` : text);
  }

  /** Shows the cursor, where it is hidden. */
  giveBack(): void {
    if (!this.#hidden) return;
    this.#hidden = false;
    process.off('exit', this.#restore);
    this.#restore();
  }
}
