import type { Writable } from 'node:stream';
import type { ApplyEvent } from '../../rollout/events.ts';
import { seconds } from '../apply/event-lines.ts';
import { createWorkList } from '../live/work-list.ts';
import { terminalSize } from '../terminal/size.ts';
import type { Style } from '../terminal/style.ts';
import { counted } from '../terminal/text.ts';
import { moveEventLine } from './move-view.ts';

/** VIPs on their way, on a terminal. */
export interface MoveTasks {
  emit(event: ApplyEvent): void;
  /** What was moved stays on the screen, with how it ended. */
  end(ok: boolean): void;
}

/** A move as a list of tasks: the move, with the step under way, and the gates that it passes. */
export async function createMoveTasks(out: Writable, style: Style, title: string): Promise<MoveTasks> {
  const began = Date.now();
  const move = style.line(title);
  let step = '';
  let passed = 0;
  let over = false;
  const list = await createWorkList({ out, style, size: () => terminalSize({ out }), frame });
  const time = (): string => style.dim(seconds(Date.now() - began));
  function frame(): undefined {
    if (!over) list.set('move', { state: 'running', title: `${move}  ${time()}`, step });
  }
  list.begin([{ key: 'move', title: move }]);
  return {
    emit(event) {
      if (event.event === 'change-start')
        step = `${style.line(event.host)}: ${style.line(`${event.action} ${event.target}`)}`;
      const line = moveEventLine(event, style, true);
      if (line === undefined) return;
      step = line;
      if (event.event === 'gate' && event.ok) passed++;
    },
    end(ok) {
      over = true;
      const gates = passed === 0 ? '' : `, ${counted(passed, 'gate')} passed`;
      list.set('move', { state: ok ? 'done' : 'failed', title: `${move}${gates}  ${time()}` });
      list.close(true);
    },
  };
}
