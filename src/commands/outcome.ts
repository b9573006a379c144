import { reportError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { Summary } from '../rollout/apply.ts';
import type { HostOutcome } from '../rollout/events.ts';
import { EXIT, type ExitCode } from './io.ts';

/** The exit code that a roll-out's end calls for. */
export function exitCodeOf(summary: Summary, interrupted: boolean): ExitCode {
  if (interrupted) return EXIT.interrupted;
  const outcomes = Object.values(summary.hosts);
  if (outcomes.some(({ status }) => status === 'failed')) return EXIT.failed;
  return outcomes.some(({ status }) => status === 'unreachable') ? EXIT.unreachable : EXIT.done;
}

/** How the hosts stand before anything was done: untouched, or what kept them from being planned. */
export function untouched(plan: Plan, why?: HostOutcome['error']): Readonly<Record<string, HostOutcome>> {
  const outcomes = plan.hosts.map((host): [string, HostOutcome] => {
    const base = { cluster: host.cluster, changes: 0 };
    if (host.status !== 'planned') return [host.host, { ...base, status: host.status, error: host.error }];
    if (host.changes.length === 0) return [host.host, { ...base, status: 'ok' }];
    return [host.host, { ...base, status: 'untouched', ...(why === undefined ? {} : { error: why }) }];
  });
  return Object.fromEntries(outcomes);
}

/** The summary of a run that ended before it changed anything. */
export function summaryWithout(plan: Plan, error: unknown, ms: number): Summary {
  return { event: 'summary', hosts: untouched(plan, reportError(error)), vips: [], ms };
}
