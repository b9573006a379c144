import type { DrillReport, DrillScenario, ScenarioName } from '../../operate/drill/model.ts';
import { totalsOf } from './figures.ts';
import { countErrors, countKinds } from './requests.ts';

/** A scenario as `drill --json` gives it. Milliseconds; `at_ms`, `from_ms` and `to_ms` count from its start. */
export interface DrillJsonScenario
  extends Pick<
    DrillScenario,
    | 'name'
    | 'cluster'
    | 'instance'
    | 'vip'
    | 'target'
    | 'client'
    | 'host'
    | 'holders'
    | 'started'
    | 'outage_ms'
    | 'repair_outage_ms'
    | 'two_holders_ms'
    | 'budget_ms'
    | 'passed'
    | 'findings'
    | 'notes'
  > {
  readonly duration_ms: number;
  /** null: the VIP was not to come back until the fault was put right. */
  readonly predicted_ms: { readonly min: number; readonly max: number } | null;
  readonly predicted_holder: string | null;
  readonly predicted_because: string;
  readonly requests: number;
  readonly failed_requests: number;
  readonly slow_requests: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly outages: readonly { readonly from_ms: number; readonly ms: number; readonly failed: number }[];
  readonly marks: readonly {
    readonly at_ms: number;
    readonly kind: 'fault' | 'repair' | 'ok';
    readonly host: string;
    readonly text: string;
  }[];
  readonly lanes: readonly {
    readonly host: string;
    readonly spans: readonly {
      readonly from_ms: number;
      readonly to_ms: number;
      readonly state: string | null;
      readonly holds: boolean;
    }[];
  }[];
}

/** What `drill --json` prints, through `jsonDocument`, which masks. */
export interface DrillJson {
  readonly format: 1;
  readonly haprov: string;
  readonly inventory: string;
  readonly started: string;
  readonly duration_ms: number;
  readonly passed: number;
  readonly failed: number;
  readonly worst_outage_ms: number | null;
  readonly scenarios: readonly DrillJsonScenario[];
  readonly skipped: readonly {
    readonly cluster: string;
    readonly scenario: ScenarioName | null;
    readonly reason: string;
  }[];
  readonly leftovers: readonly { readonly host: string; readonly reason: string }[];
}

/** A drill in the contract's form; fields may be added, never renamed. */
export function drillJson(report: DrillReport): DrillJson {
  const { haprov, inventory, started, duration, scenarios, skipped, leftovers } = report;
  const { passed, failed, worst } = totalsOf(report);
  return {
    format: 1,
    haprov,
    inventory,
    started,
    duration_ms: duration,
    passed,
    failed,
    worst_outage_ms: worst?.ms ?? null,
    scenarios: scenarios.map(scenarioJson),
    skipped: skipped.map(({ cluster, scenario, reason }) => ({ cluster, scenario: scenario ?? null, reason })),
    leftovers: leftovers.map(({ host, reason }) => ({ host, reason })),
  };
}

function scenarioJson(scenario: DrillScenario): DrillJsonScenario {
  const { name, cluster, instance, vip, target, client, host, holders, started, prediction, requests } = scenario;
  const counts = countKinds(requests);
  return {
    name,
    cluster,
    instance,
    vip,
    target,
    client,
    host,
    holders,
    started,
    duration_ms: scenario.duration,
    outage_ms: scenario.outage_ms,
    predicted_ms: prediction.outage === null ? null : { min: prediction.outage.min, max: prediction.outage.max },
    predicted_holder: prediction.taker ?? null,
    predicted_because: prediction.because,
    repair_outage_ms: scenario.repair_outage_ms,
    two_holders_ms: scenario.two_holders_ms,
    budget_ms: scenario.budget_ms,
    requests: requests.length,
    failed_requests: counts.failed,
    slow_requests: counts.slow,
    errors: Object.fromEntries(countErrors(requests)),
    outages: scenario.outages.map(({ from, ms, failed }) => ({ from_ms: from, ms, failed })),
    marks: scenario.marks.map(({ at, kind, host: where, text }) => ({ at_ms: at, kind, host: where, text })),
    lanes: scenario.lanes.map(({ host: member, spans }) => ({
      host: member,
      spans: spans.map(({ from, to, state, holds }) => ({ from_ms: from, to_ms: to, state, holds })),
    })),
    passed: scenario.passed,
    findings: scenario.findings,
    notes: scenario.notes,
  };
}
