import type { ApplyEvent } from '../../rollout/events.ts';
import type { Region } from '../terminal/region.ts';
import { createRegion } from '../terminal/region.ts';
import { terminalSize } from '../terminal/size.ts';
import type { Style } from '../terminal/style.ts';
import { eventLine } from './event-lines.ts';
import { Fleet } from './fleet.ts';
import { fleetScreen, stageLines } from './fleet-screen.ts';
import { renderSummary } from './summary.ts';
import type { ApplyView, ApplyViewOptions } from './view.ts';

/** Milliseconds between two frames. */
const FRAME = 100;
/** A frame without an event, for the clocks. */
const TICK = 1000;
/** So many hosts at most have each finished change left in the scrollback. */
const TOLD_STEP_BY_STEP = 10;

/**
 * A live region at the end of the terminal. What stays in the scrollback: failures, the moment they happen; each
 * finished change where the hosts are few; at the end the stages and the summary.
 */
export function createTerminalView(style: Style, options: ApplyViewOptions): ApplyView {
  const { out, verbose, inventoryPath, now = Date.now } = options;
  const size = () => terminalSize(options);
  let region: Region | undefined;
  const fleet = new Fleet();
  const began = now();
  let above = '';
  let dirty = false;
  let drawn = Number.NEGATIVE_INFINITY;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  function resume(): void {
    region ??= createRegion(out, size);
    timer ??= setInterval(frame, FRAME).unref();
  }

  function suspend(): void {
    clearInterval(timer);
    timer = undefined;
    if (region === undefined) return;
    draw([]);
    region.close();
    region = undefined;
  }

  function frame(): void {
    if (!dirty && now() - drawn < TICK) return;
    draw(fleet.hosts.size === 0 ? [] : fleetScreen(fleet, now(), style, size()));
  }

  function draw(lines: readonly string[]): void {
    region?.draw(style.redact(above), lines.map(style.redact));
    above = '';
    dirty = false;
    drawn = now();
  }

  function emit(event: ApplyEvent): void {
    if (ended) return;
    resume();
    fleet.apply(event, now());
    dirty = true;
    const line = stays(event) ? eventLine(event, hostOf(event), style, verbose) : undefined;
    if (line !== undefined) above += `${line}\n`;
    if (event.event === 'summary') finish(event);
  }

  function finish(event: Extract<ApplyEvent, { event: 'summary' }>): void {
    ended = true;
    const stages = stageLines(fleet, now(), style, size().columns);
    above += `${fleet.hosts.size > TOLD_STEP_BY_STEP ? `${stages.join('\n')}\n` : ''}${renderSummary(event, style, inventoryPath, options)}`;
    suspend();
  }

  function stays(event: ApplyEvent): boolean {
    if (verbose) return true;
    if (event.event === 'host-end') return event.status === 'failed' || event.status === 'unreachable';
    if (event.event === 'gate') return !event.ok;
    if (event.event === 'put-back') return true;
    if (event.event === 'move-start') return fleet.hosts.size <= TOLD_STEP_BY_STEP;
    if (event.event === 'change-end') return !event.ok || fleet.hosts.size <= TOLD_STEP_BY_STEP;
    return false;
  }

  function hostOf(event: ApplyEvent) {
    return 'host' in event && event.host !== undefined ? fleet.hosts.get(event.host) : undefined;
  }

  return {
    emit,
    suspend,
    close() {
      if (!ended && fleet.touched) emit(fleet.interrupted(now() - began));
      ended = true;
      suspend();
    },
  };
}
