import { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';
import { bareStream, guardedText } from './guarded.ts';
import type { Size } from './size.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
// Terminals that know these show a frame at once; others ignore them (https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036).
const FRAME_BEGIN = '\u001b[?2026h';
const FRAME_END = '\u001b[?2026l';

/** A few lines at the end of a terminal that are redrawn in place, with lasting lines written above them. */
export interface Region {
  /** Writes `above` (with its final newline, or empty) for good and the lines below it in place: one write, no flicker. */
  draw(above: string, lines: readonly string[]): void;
  /** Leaves the region's last lines where they are and gives the cursor back. Further calls do nothing. */
  close(): void;
}

/** Gathers what log-update writes for one frame. */
class Frame extends Writable {
  readonly #size: () => Size;
  #text = '';

  constructor(size: () => Size) {
    super({ decodeStrings: false });
    this.#size = size;
  }

  get columns(): number {
    return this.#size().columns;
  }

  get rows(): number {
    return this.#size().rows;
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.#text += String(chunk);
    done();
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

/**
 * A region on a terminal. The cursor is hidden while it lives, and shown again when the process exits, come what may. Of
 * what is drawn, only colours act on the terminal.
 */
export function createRegion(stream: Writable, size: () => Size): Region {
  const out = bareStream(stream);
  const frame = new Frame(size);
  const log = createLogUpdate(frame, { showCursor: true });
  let open = true;
  const restore = () => {
    out.write(SHOW_CURSOR);
  };
  process.once('exit', restore);
  out.write(HIDE_CURSOR);
  return {
    draw(above, lines) {
      if (!open) return;
      if (above !== '') {
        log.clear();
        frame.write(guardedText(above));
      }
      if (lines.length > 0) log(guardedText(lines.join('\n')));
      else if (above === '') log.clear();
      const text = frame.take();
      if (text !== '') out.write(FRAME_BEGIN + text + FRAME_END);
    },
    close() {
      if (!open) return;
      open = false;
      process.off('exit', restore);
      log.done();
      restore();
    },
  };
}
