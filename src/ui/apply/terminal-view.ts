import type { ApplyEvent } from '../../rollout/events.ts';
import { createWorkList } from '../live/work-list.ts';
import { terminalSize } from '../terminal/size.ts';
import type { Style } from '../terminal/style.ts';
import { eventLine } from './event-lines.ts';
import { Fleet } from './fleet.ts';
import { fleetScreen, stageLines } from './fleet-screen.ts';
import { rolloutItems, rolloutLooks, rowsOf } from './host-look.ts';
import { renderSummary } from './summary.ts';
import type { ApplyView, ApplyViewOptions } from './view.ts';

/** A frame without an event, for the clocks. */
const TICK = 1000;
/** Milliseconds between two frames of a crowd: measuring its lines is most of the work. */
const CROWD_FRAME = 250;
/** Rows that the list leaves free. */
const SPARE = 2;

/**
 * A list of tasks at the end of the terminal: clusters, their hosts, the step under way; a few lines for all of them where
 * they are more than fit. What stays in the scrollback: failures, the moment they happen; at the end the list, or the
 * stages of the many, and the summary.
 */
export async function createTerminalView(style: Style, options: ApplyViewOptions): Promise<ApplyView> {
  const { out, verbose, inventoryPath, now = Date.now } = options;
  const size = () => terminalSize(options);
  const fleet = new Fleet();
  const began = now();
  let above = '';
  let dirty = false;
  let drawn = Number.NEGATIVE_INFINITY;
  let last: readonly string[] = [];
  let ended = false;
  const idle = () => isCrowd() && above === '' && last.length > 0 && !isDue();
  const list = await createWorkList({ out, size, style, frame, idle });

  function isCrowd(): boolean {
    return verbose || rowsOf(fleet) > size().rows - SPARE;
  }

  function isDue(): boolean {
    return now() - drawn >= (dirty ? CROWD_FRAME : TICK);
  }

  function frame(): readonly string[] | undefined {
    flush();
    if (!isCrowd()) {
      refresh();
      return undefined;
    }
    if (isDue() || last.length === 0) last = fleetScreen(fleet, now(), style, size());
    drawn = now();
    dirty = false;
    return last;
  }

  function refresh(): void {
    for (const [key, look] of rolloutLooks(fleet, now(), style)) list.set(key, look);
  }

  // A frame that is being drawn cannot be taken away: the lines come above the next one.
  function flush(): void {
    if (above === '') return;
    const text = above;
    above = '';
    queueMicrotask(() => list.print(text));
  }

  function emit(event: ApplyEvent): void {
    if (ended) return;
    fleet.apply(event, now());
    dirty = true;
    const line = stays(event) ? eventLine(event, hostOf(event), style, verbose) : undefined;
    if (line !== undefined) above += `${line}\n`;
    if (event.event === 'hosts') list.begin(rolloutItems(fleet, style));
    else list.resume();
    if (event.event === 'summary') finish(event);
  }

  function finish(event: Extract<ApplyEvent, { event: 'summary' }>): void {
    ended = true;
    const crowd = isCrowd();
    if (!crowd) refresh();
    if (above !== '') list.print(above);
    above = '';
    const stages =
      crowd && fleet.hosts.size > 0 ? `${stageLines(fleet, now(), style, size().columns).join('\n')}\n` : '';
    const seen = !crowd && fleet.touched;
    list.close(seen, style.redact(stages) + renderSummary(event, style, inventoryPath, { ...options, listed: seen }));
  }

  function stays(event: ApplyEvent): boolean {
    if (verbose) return true;
    // The list says it at the host.
    if (!isCrowd()) return false;
    if (event.event === 'host-end') return event.status === 'failed' || event.status === 'unreachable';
    if (event.event === 'gate' || event.event === 'change-end') return !event.ok;
    return event.event === 'put-back';
  }

  function hostOf(event: ApplyEvent) {
    return 'host' in event && event.host !== undefined ? fleet.hosts.get(event.host) : undefined;
  }

  return {
    emit,
    suspend() {
      if (above !== '') list.print(above);
      above = '';
      list.suspend();
    },
    close() {
      if (!ended && fleet.touched) emit(fleet.interrupted(now() - began));
      ended = true;
      list.close(false);
    },
  };
}
