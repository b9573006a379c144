import type { ApplyEvent } from '../apply/events.ts';
import { eventLine } from './event-lines.ts';
import { Fleet } from './fleet.ts';
import { fleetScreen } from './fleet-screen.ts';
import { createRegion } from './region.ts';
import { terminalSize } from './size.ts';
import type { Style } from './style.ts';
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
  const region = createRegion(out, size);
  const fleet = new Fleet();
  const began = now();
  let above = '';
  let dirty = false;
  let drawn = Number.NEGATIVE_INFINITY;
  let ended = false;
  const timer = setInterval(frame, FRAME);
  timer.unref();

  function frame(): void {
    if (!dirty && now() - drawn < TICK) return;
    draw(fleet.hosts.size === 0 ? [] : fleetScreen(fleet, now(), style, size()));
  }

  function draw(lines: readonly string[]): void {
    region.draw(style.redact(above), lines.map(style.redact));
    above = '';
    dirty = false;
    drawn = now();
  }

  function emit(event: ApplyEvent): void {
    if (ended) return;
    fleet.apply(event, now());
    dirty = true;
    const line = stays(event) ? eventLine(event, hostOf(event), style, verbose) : undefined;
    if (line !== undefined) above += `${line}\n`;
    if (event.event === 'summary') finish(event);
  }

  function finish(event: Extract<ApplyEvent, { event: 'summary' }>): void {
    ended = true;
    clearInterval(timer);
    const stages = fleetScreen(fleet, now(), style, size()).slice(0, 4);
    above += `${fleet.hosts.size > TOLD_STEP_BY_STEP ? `${stages.join('\n')}\n` : ''}${renderSummary(event, style, inventoryPath, { verbose })}`;
    draw([]);
    region.close();
  }

  function stays(event: ApplyEvent): boolean {
    if (verbose) return true;
    if (event.event === 'host-end') return event.status === 'failed' || event.status === 'unreachable';
    if (event.event === 'gate') return !event.ok;
    // A failed change is told by its host's end, with the cause.
    if (event.event === 'change-end') return fleet.hosts.size <= TOLD_STEP_BY_STEP;
    return false;
  }

  function hostOf(event: ApplyEvent) {
    return 'host' in event && event.host !== undefined ? fleet.hosts.get(event.host) : undefined;
  }

  return {
    emit,
    close() {
      clearInterval(timer);
      if (!ended && fleet.hosts.size > 0) emit(fleet.interrupted(now() - began));
      region.close();
    },
  };
}
