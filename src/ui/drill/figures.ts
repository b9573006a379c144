import type { DrillReport, DrillScenario, DrillSkipped } from '../../operate/drill/model.ts';
import { formatRange, type Range } from '../../vrrp/timing.ts';
import type { Style } from '../terminal/style.ts';

/** "3.71s", from milliseconds. */
export const seconds = (ms: number): string => formatRange({ min: ms, max: ms });

/** "2.65-3.65s"; FOREVER where the VIP does not come back by itself. */
export const predicted = (outage: Range | null): string => (outage === null ? 'FOREVER' : formatRange(outage));

/** A host as its own cluster calls it: its id without the cluster's name. */
export const nameIn = (cluster: string, host: string): string =>
  host.startsWith(`${cluster}/`) ? host.slice(cluster.length + 1) : host;

/** Where the VIP went, without a space: lb1>lb2; lb1>lb1 where it stayed, lb1>none, lb1>lb1+lb2 in a split brain. */
export function moveOf({ cluster, host, holders }: DrillScenario): string {
  const to = holders.map((holder) => nameIn(cluster, holder)).join('+');
  return `${nameIn(cluster, host)}>${to === '' ? 'none' : to}`;
}

/** When the fault was made first, from the scenario's start; 0 where none is marked. */
export const faultAt = ({ marks }: DrillScenario): number => marks.find(({ kind }) => kind === 'fault')?.at ?? 0;

/** What a report comes to. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** The longest outage, also of those while a fault was put right, and its limit; undefined: nothing was run. */
  readonly worst: { readonly ms: number; readonly allowed: number } | undefined;
}

/** Counts of a report. */
export function totalsOf({ scenarios, skipped }: DrillReport): Totals {
  const passed = scenarios.filter((scenario) => scenario.passed).length;
  const [worst] = scenarios
    .map(({ outage_ms, repair_outage_ms, budget_ms }) => ({
      ms: Math.max(outage_ms, repair_outage_ms),
      allowed: budget_ms,
    }))
    .toSorted((a, b) => b.ms - a.ms);
  return { passed, failed: scenarios.length - passed, skipped: skipped.length, worst };
}

/** "3 passed, 0 failed, worst 3.71s of 5.00s allowed". */
export function totalsText(report: DrillReport): string {
  const { passed, failed, skipped, worst } = totalsOf(report);
  const parts = [`${passed} passed`, `${failed} failed`, ...(skipped === 0 ? [] : [`${skipped} skipped`])];
  if (worst !== undefined) parts.push(`worst ${seconds(worst.ms)} of ${seconds(worst.allowed)} allowed`);
  return parts.join(', ');
}

/** "SKIPPED web reboot: why". */
export function skippedLine({ cluster, scenario, reason }: DrillSkipped, style: Style): string {
  const what = scenario === undefined ? cluster : `${cluster} ${scenario}`;
  return `${style.yellow('SKIPPED')} ${style.line(what)}: ${style.line(reason)}`;
}
