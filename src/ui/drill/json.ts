import type { DrillReport, DrillScenario } from '../../operate/drill/model.ts';
import { totalsOf } from './figures.ts';
import { countErrors, countKinds } from './requests.ts';

/** What `drill --json` prints, through `jsonDocument`, which masks. docs/json.md says what the fields mean. */
export type DrillJson = ReturnType<typeof drillJson>;
export type DrillJsonScenario = DrillJson['scenarios'][number];

/** A drill in the contract's form; fields may be added, never renamed. */
export function drillJson(report: DrillReport) {
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

/** Milliseconds; `at_ms`, `from_ms` and `to_ms` count from its start. */
function scenarioJson(scenario: DrillScenario) {
  const { name, cluster, instance, vip, target, client, host, holders, started, prediction, requests } = scenario;
  const { repair_outage_ms, two_holders_ms, budget_ms, passed, findings, notes } = scenario;
  const { outage, taker = null, because } = prediction;
  const { failed, slow } = countKinds(requests);
  return {
    ...{ name, cluster, instance, vip, target, client, host, holders, started },
    duration_ms: scenario.duration,
    outage_ms: scenario.outage_ms,
    predicted_ms: outage === null ? null : { min: outage.min, max: outage.max },
    predicted_holder: taker,
    predicted_because: because,
    ...{ repair_outage_ms, two_holders_ms, budget_ms },
    requests: requests.length,
    failed_requests: failed,
    slow_requests: slow,
    errors: Object.fromEntries(countErrors(requests)),
    outages: scenario.outages.map((one) => ({ from_ms: one.from, ms: one.ms, failed: one.failed })),
    marks: scenario.marks.map(({ at, kind, host: where, text }) => ({ at_ms: at, kind, host: where, text })),
    lanes: scenario.lanes.map(({ host: member, spans }) => ({
      host: member,
      spans: spans.map(({ from, to, state, holds }) => ({ from_ms: from, to_ms: to, state, holds })),
    })),
    ...{ passed, findings, notes },
  };
}
