import { type Outage, readVipLog } from '../vip-client/outages.ts';
import { findings } from './findings.ts';
import { countMoves, type Holding, holdersAt, holdingsOf, laneOf, twoHolders } from './lanes.ts';
import type { DrillOutage, DrillScenario } from './model.ts';
import type { Measured, Observed } from './observed.ts';

/** Measures, judges and tells. Pure. */
export function judge(seen: Observed): DrillScenario {
  const { from, to, vip, instance, forecast } = seen;
  const lanes = seen.members.map((member) => laneOf(member, instance, vip, from, to));
  const measured = measure(seen, holdingsOf(lanes));
  const said = findings(seen, measured);
  return {
    name: seen.name,
    cluster: seen.cluster,
    instance,
    vip,
    target: seen.target,
    client: seen.client,
    host: seen.host,
    holders: measured.holders,
    started: new Date(from).toISOString(),
    duration: to - from,
    prediction: {
      outage: forecast.outage,
      ...(forecast.taker === undefined ? {} : { taker: seen.idOf(forecast.taker) }),
      because: forecast.because,
    },
    outage_ms: measured.outageMs,
    repair_outage_ms: measured.repairOutageMs,
    outages: [...measured.during, ...measured.after],
    two_holders_ms: measured.twoHoldersMs,
    requests: seen.requests
      .map(({ start, ms, error }) => ({ at: start - from, ms, error }))
      .toSorted((a, b) => a.at - b.at),
    marks: seen.marks.map((mark) => ({ ...mark, at: mark.at - from })),
    lanes,
    budget_ms: seen.budgetMs,
    passed: said.failures.length === 0,
    findings: said.failures,
    notes: said.notes,
  };
}

function measure(seen: Observed, holdings: readonly Holding[]): Measured {
  const { from, to } = seen;
  const log = readVipLog(seen.requests);
  const fault = seen.faultAt - from;
  const repair = seen.repairAt - from;
  const outages = log.outages.map((outage) => asDrillOutage(outage, from));
  // One that began before the repair was the fault's, however long it went on.
  const during = outages.filter((one) => one.from + one.ms > fault && one.from < repair);
  const after = outages.filter((one) => one.from >= repair);
  return {
    log,
    during,
    after,
    outageMs: Math.max(0, ...during.map(({ ms }) => ms)),
    repairOutageMs: Math.max(0, ...after.map(({ ms }) => ms)),
    // Where all were answered, be it late, it began just before: a fault lasts longer than a client waits.
    cameBack: during.every((one) => one.failed === 0 || one.from + one.ms < repair),
    holdings,
    holders: holdersAt(holdings, repair - 1),
    twoHoldersMs: twoHolders(holdings, { from: fault, to: to - from }),
    moves: countMoves(holdings.filter(({ to: end }) => end > fault)),
    last: holdersAt(holdings, to - from),
  };
}

function asDrillOutage({ from, ms, failed }: Outage, start: number): DrillOutage {
  return { from: from - start, ms, failed };
}
