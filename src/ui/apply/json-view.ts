import type { ErrorReport } from '../../errors.ts';
import type { ApplyEvent } from '../../rollout/events.ts';
import { jsonLine } from '../terminal/json.ts';
import type { Style } from '../terminal/style.ts';
import { Fleet } from './fleet.ts';
import type { SummaryEvent } from './summary.ts';
import type { ApplyView, ApplyViewOptions } from './view.ts';

/**
 * One JSON object a line, `time` (ISO 8601, UTC) first. The last line is always the summary: a run that was cut short
 * gets one of what is known. Nothing follows it.
 */
export function createJsonView(style: Style, options: ApplyViewOptions): ApplyView {
  const { out, now = Date.now } = options;
  const fleet = new Fleet();
  const began = now();
  let ended = false;

  function emit(event: ApplyEvent): void {
    if (ended) return;
    fleet.apply(event, now());
    ended = event.event === 'summary';
    const body = event.event === 'summary' ? withErrors(event) : event;
    out.write(jsonLine({ time: new Date(now()).toISOString(), ...body }, style.redact));
  }

  return {
    emit,
    suspend() {},
    close() {
      if (!ended && fleet.hosts.size > 0) emit(fleet.interrupted(now() - began));
    },
  };
}

// The contract's form: every host has `error`, null where there is none.
function withErrors(summary: SummaryEvent): object {
  const hosts = Object.entries(summary.hosts).map(([id, outcome]): [string, object] => {
    const { status, changes, cluster, putBack } = outcome;
    const error: ErrorReport | null = outcome.error ?? null;
    return [id, { status, changes, cluster, error, ...(putBack === true ? { putBack } : {}) }];
  });
  return { ...summary, hosts: Object.fromEntries(hosts) };
}
