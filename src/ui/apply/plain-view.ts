import type { ApplyEvent } from '../../rollout/events.ts';
import type { Style } from '../terminal/style.ts';
import { eventLine, stillWaitingLine } from './event-lines.ts';
import { Fleet } from './fleet.ts';
import { renderSummary } from './summary.ts';
import type { ApplyView, ApplyViewOptions } from './view.ts';

/** After how long, in milliseconds, a silent step is mentioned, and how often again. */
const STILL_WAITING_EVERY = 15_000;
const MENTIONED = 5;

/** One line per event that matters, without escape sequences that move the cursor; long silent steps are mentioned. */
export function createPlainView(style: Style, options: ApplyViewOptions): ApplyView {
  const { out, verbose, quiet = false, inventoryPath, now = Date.now } = options;
  const fleet = new Fleet();
  const began = now();
  let ended = false;
  const write = (line: string) => out.write(style.redact(`${line}\n`));
  let mentioned = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  function watch(): void {
    timer ??= setInterval(mention, 1000).unref();
  }

  function suspend(): void {
    clearInterval(timer);
    timer = undefined;
  }

  function mention(): void {
    if (quiet || now() - mentioned < STILL_WAITING_EVERY) return;
    const late = fleet.busy().filter((host) => now() - host.since >= STILL_WAITING_EVERY);
    if (late.length > 0) mentioned = now();
    for (const host of late.slice(0, MENTIONED)) write(stillWaitingLine(host, now(), style));
    if (late.length > MENTIONED) write(`${late.length - MENTIONED} more hosts still waiting`);
  }

  function emit(event: ApplyEvent): void {
    if (ended) return;
    watch();
    fleet.apply(event, now());
    const line = eventLine(
      event,
      'host' in event && event.host !== undefined ? fleet.hosts.get(event.host) : undefined,
      style,
      verbose,
    );
    if (line !== undefined && (!quiet || isBad(event))) write(line);
    if (event.event !== 'summary') return;
    ended = true;
    suspend();
    out.write(renderSummary(event, style, inventoryPath, options));
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

/** What has to be seen at once, however quiet it shall be. */
function isBad(event: ApplyEvent): boolean {
  if (event.event === 'host-end') return event.status === 'failed' || event.status === 'unreachable';
  return event.event === 'put-back' || ((event.event === 'gate' || event.event === 'change-end') && !event.ok);
}
