import type { DrillRequest, DrillScenario } from '../../operate/drill/model.ts';
import { faultAt } from './figures.ts';
import { kindOf, type RequestKind } from './requests.ts';

/** Milliseconds from the scenario's start. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Milliseconds that one character stands for. */
export const STRIP_STEP = 100;

const MARKS: Readonly<Record<RequestKind, string>> = { ok: '.', slow: '~', failed: 'x' };
const WORSE: readonly string[] = [' ', '.', '~', 'x'];

/**
 * One character for each 100 ms, by the worst request that started in it: "." answered, "~" answered late, "x" failed,
 * " " none was sent.
 */
export function requestStrip(requests: readonly DrillRequest[], { from, to }: Window): string {
  const cells = Array.from({ length: Math.max(0, Math.ceil((to - from) / STRIP_STEP)) }, () => ' ');
  for (const request of requests) {
    const at = Math.floor((request.at - from) / STRIP_STEP);
    const now = cells[at];
    const mark = MARKS[kindOf(request)];
    if (now !== undefined && WORSE.indexOf(mark) > WORSE.indexOf(now)) cells[at] = mark;
  }
  return cells.join('');
}

/**
 * The strip of a scenario from a second before its fault, at most `columns` wide, and below it a line that points at
 * what was done and what happened: "^ nginx stopped". Two lines; texts are as the scenario has them.
 */
export function scenarioStrip(scenario: DrillScenario, columns: number): readonly [strip: string, pointers: string] {
  const from = Math.max(0, Math.floor((faultAt(scenario) - 1000) / STRIP_STEP) * STRIP_STEP);
  const to = Math.min(scenario.duration, from + columns * STRIP_STEP);
  let pointers = '';
  for (const { at, text } of scenario.marks.toSorted((a, b) => a.at - b.at)) {
    const column = Math.floor((at - from) / STRIP_STEP);
    const label = `^ ${text}`;
    // A pointer without room is left out: the events are told in full elsewhere.
    const free = pointers === '' ? column >= 0 : column > pointers.length;
    if (free && column + label.length <= columns) pointers = pointers.padEnd(column) + label;
  }
  return [requestStrip(scenario.requests, { from, to }), pointers];
}
