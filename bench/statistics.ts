import type { Measurement } from './measure.ts';

/** Middle of the values; of two middle ones the mean. NaN where there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const low = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (low + high) / 2;
}

/** A contender's runs at one fleet size, in the order of the rounds; undefined where it sat out or failed. */
export interface Series {
  readonly name: string;
  readonly rounds: readonly (Measurement | undefined)[];
  /** Why runs did not count. */
  readonly faults: readonly string[];
}

/** What a table row says. Times in milliseconds, memory in MiB. */
export interface Summary {
  readonly name: string;
  readonly runs: number;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly cpuMs: number;
  readonly rssMiB: number;
  /** haprov's time over this one's, the median of the rounds in which both ran: above 1, haprov is slower. */
  readonly ratio: number;
  readonly faults: readonly string[];
}

/** Sums a series up beside haprov's. Rounds are compared one by one, since the machine's load changes between them. */
export function summarize(series: Series, haprov: Series): Summary {
  const ran = series.rounds.filter((one) => one !== undefined);
  const times = ran.map(({ wallMs }) => wallMs);
  const ratios = series.rounds.flatMap((one, round) => {
    const ours = haprov.rounds[round];
    return one === undefined || ours === undefined ? [] : [ours.wallMs / one.wallMs];
  });
  return {
    name: series.name,
    runs: ran.length,
    medianMs: median(times),
    minMs: Math.min(...times),
    maxMs: Math.max(...times),
    cpuMs: median(ran.map(({ cpuMs }) => cpuMs)),
    rssMiB: Math.max(...ran.map(({ rssMiB }) => rssMiB)),
    ratio: median(ratios),
    faults: series.faults,
  };
}
