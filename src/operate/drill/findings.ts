import { formatRange } from '../../vrrp/timing.ts';
import { KEYWORD } from '../../vrrp/virtual-router.ts';
import type { Measured, Observed } from './observed.ts';

/** Sentences about a scenario: why it did not pass, and what else is to know. */
export interface Findings {
  readonly failures: readonly string[];
  readonly notes: readonly string[];
}

/** Milliseconds by which a measured outage may miss the predicted range without a word. */
const TOLERANCE = 500;

/** Milliseconds without a request from which on the client may have missed what it is there to see. */
const BLIND = 500;

/** Two holders for a moment are an election, no split brain; milliseconds. */
const MOMENT = 500;

/** Pure. */
export function findings(seen: Observed, measured: Measured): Findings {
  return {
    failures: [...seen.troubles, ...tooLong(seen, measured), ...wrongEnd(seen, measured), ...unnamed(seen, measured)],
    notes: [
      ...offPrediction(seen, measured),
      ...wrongTaker(seen, measured),
      ...muteTaker(seen, measured),
      ...twoHoldersNote(seen, measured),
      ...movesNote(seen, measured),
      ...clientNotes(seen, measured),
      ...seen.notes,
    ],
  };
}

function tooLong(seen: Observed, { outageMs, repairOutageMs, cameBack }: Measured): string[] {
  const { budgetMs, forecast, marks } = seen;
  const allowed = `more than the ${seconds(budgetMs)} that are allowed`;
  const repair = marks.find(({ kind }) => kind === 'repair')?.text ?? 'the fault was put right';
  const why = forecast.outage === null ? ` As predicted: ${forecast.because}.` : '';
  if (!cameBack)
    return [`The VIP did not answer for ${seconds(outageMs)}, and came back only with the repair (${repair}).${why}`];
  return [
    ...(outageMs > budgetMs ? [`The VIP did not answer for ${seconds(outageMs)}, ${allowed}.`] : []),
    ...(repairOutageMs > budgetMs
      ? [`While it was put right the VIP did not answer for ${seconds(repairOutageMs)}, ${allowed}.`]
      : []),
  ];
}

function wrongEnd({ vip }: Observed, { last }: Measured): string[] {
  if (last.length === 1) return [];
  return [
    last.length === 0 ? `After the repair nobody holds ${vip}.` : `After the repair ${last.join(' and ')} hold ${vip}.`,
  ];
}

/** What isolate is there to show. */
function unnamed({ name, splitBrain }: Observed, { twoHoldersMs }: Measured): string[] {
  if (name !== 'isolate') return [];
  if (twoHoldersMs === 0)
    return ['VRRP was dropped, and no second host took the VIP: it goes some other way than the inventory says.'];
  return splitBrain === null ? ['Two hosts held the VIP, and status did not call it a split brain.'] : [];
}

function offPrediction({ forecast }: Observed, { outageMs, cameBack }: Measured): string[] {
  const { outage } = forecast;
  if (outage === null) {
    return cameBack && outageMs > 0
      ? [
          `By the formulas the VIP would not have come back before the repair (${forecast.because}); it did after ${seconds(outageMs)}.`,
        ]
      : [];
  }
  const over = outageMs - outage.max;
  const under = outage.min - outageMs;
  if (over <= TOLERANCE && under <= TOLERANCE) return [];
  return [
    `The outage was ${seconds(outageMs)}, ${seconds(Math.max(over, under))} ${over > 0 ? 'longer' : 'shorter'} than predicted (${formatRange(outage)}: ${forecast.because}).`,
  ];
}

function wrongTaker({ forecast, idOf, host }: Observed, { holders }: Measured): string[] {
  const taker = forecast.taker === undefined ? host : idOf(forecast.taker);
  if (holders.includes(taker)) return [];
  const who = holders.length === 0 ? 'Nobody' : holders.join(' and ');
  return [`${who} held the VIP while the fault lasted; predicted was ${taker}.`];
}

/** The VIP went where it should, and the client still had no answer: that is not VRRP's. */
function muteTaker({ forecast, idOf, vip, target }: Observed, { cameBack, holders }: Measured): string[] {
  const taker = forecast.taker === undefined ? undefined : idOf(forecast.taker);
  if (cameBack || taker === undefined || !holders.includes(taker)) return [];
  return [
    `${taker} had ${vip}, and did not answer ${target}: see whether its firewall lets the client in, and what its service listens on.`,
  ];
}

function twoHoldersNote({ name, vip, host, splitBrain }: Observed, { twoHoldersMs, holders }: Measured): string[] {
  if (twoHoldersMs <= MOMENT && name !== 'isolate') return [];
  if (twoHoldersMs === 0) return [];
  const long = seconds(twoHoldersMs);
  if (name === 'isolate')
    return [`Split brain for ${long}, seen and named${splitBrain === null ? '' : `: ${splitBrain.join('; ')}`}.`];
  const both = holders.length > 1 ? holders.join(' and ') : 'Two hosts';
  return name === 'crash'
    ? [
        `${both} had ${vip} for ${long}: a killed keepalived leaves it on ${host}. The drill kept systemd from starting it again; haprov's drop-in does so within about a second.`,
      ]
    : [`${both} had ${vip} for ${long}.`];
}

function movesNote({ name }: Observed, { moves }: Measured): string[] {
  return name === 'flap' && moves > 1
    ? [`The VIP moved ${moves} times; ${KEYWORD.noPreemption} keeps it where it went first.`]
    : [];
}

function clientNotes({ clockErrorMs }: Observed, { log }: Measured): string[] {
  return [
    ...(log.blindMs > BLIND
      ? [`The client did not get to run for ${seconds(log.blindMs)}: what happened then, it did not see.`]
      : []),
    ...(log.failedWhileLate > 0
      ? [
          `The client's machine was late by more than 0.2s during ${log.failedWhileLate} of the ${log.failed} failed requests: some of that outage may be its own.`,
        ]
      : []),
    ...(clockErrorMs > 250 ? [`The clocks could only be compared to within ${seconds(clockErrorMs)}.`] : []),
  ];
}

/** "4.21s" */
function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)}s`;
}
