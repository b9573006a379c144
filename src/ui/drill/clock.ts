import type { DrillScenario } from '../../operate/drill/model.ts';
import { faultAt, seconds } from './figures.ts';

/** Times as a reader of the page has them: counted from the first fault. */
export interface Clock {
  /** Milliseconds from the scenario's start that count as zero. */
  readonly zero: number;
  /** "+3.71s", "-5.00s", "0.00s"; from milliseconds from the scenario's start. */
  readonly at: (ms: number) => string;
  /** "0.00s to +3.71s". */
  readonly span: (from: number, to: number) => string;
}

/** The clock of a scenario. */
export function clockOf(scenario: DrillScenario): Clock {
  const zero = faultAt(scenario);
  const at = (ms: number): string => {
    const text = seconds(Math.abs(ms - zero));
    if (/^0\.00/.test(text)) return text;
    return `${ms < zero ? '-' : '+'}${text}`;
  };
  return { zero, at, span: (from, to) => `${at(from)} to ${at(to)}` };
}
