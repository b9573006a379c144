import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { terminalSize } from '../terminal/size.ts';
import type { Style } from '../terminal/style.ts';
import { clip, columnsOf, counted } from '../terminal/text.ts';
import { createWorkList } from './work-list.ts';

/** Text that takes a terminal's end and is replaced as a whole. */
export interface Pane {
  show(text: string): void;
  /** What was shown last stays. */
  close(): void;
}

/** Lines at the end that stay where a text is longer than the terminal: verdicts stand there. */
const TAIL = 6;

/** A pane on a terminal, drawn by listr2. */
export async function createPane(out: Writable, style: Style): Promise<Pane> {
  const size = () => terminalSize({ out });
  let shown = '';
  const list = await createWorkList({ out, size, style, frame: () => fitting(shown, size(), style) });
  return {
    show(text) {
      if (shown === '') list.begin([{ key: 'pane', title: '' }]);
      shown = text;
    },
    close: () => list.close(false, shown),
  };
}

function fitting(text: string, size: ReturnType<typeof terminalSize>, style: Style): readonly string[] {
  const lines = text.trimEnd().split('\n');
  const columns = Math.max(20, size.columns - 1);
  const room = Math.max(3, size.rows - 2);
  const tail = Math.min(TAIL, room - 2);
  const left = lines.length - room + 1;
  const kept =
    lines.length <= room
      ? lines
      : [...lines.slice(0, room - tail - 1), style.dim(`${counted(left, 'more line')}`), ...lines.slice(-tail)];
  return kept.map((line) => {
    const bare = stripVTControlCharacters(line);
    return columnsOf(bare) <= columns ? line : clip(bare, columns, style.unicode);
  });
}
