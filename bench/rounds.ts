import { join } from 'node:path';
import type { Report } from '../docker/report.ts';
import { type Contender, HAPROV } from './contenders.ts';
import type { Fleet } from './fleet.ts';
import { type Measurement, measure } from './measure.ts';
import { type Series, type Summary, summarize } from './statistics.ts';

export interface RoundsOptions {
  readonly contenders: readonly Contender[];
  readonly fleet: Fleet;
  readonly runs: number;
  readonly slowRuns: number;
  readonly report: Report;
}

/**
 * Measures contenders side by side: every round runs each of them once, beginning with another one each time, after
 * one round that does not count. The slow ones sit out the first round and all after `slowRuns`.
 */
export async function runRounds(options: RoundsOptions): Promise<readonly Summary[]> {
  const { contenders, fleet, runs, slowRuns, report } = options;
  const rounds = new Map<string, (Measurement | undefined)[]>(contenders.map(({ name }) => [name, []]));
  const faults = new Map<string, string[]>(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders.filter(({ slow }) => !slow)) await runOnce(contender, fleet);
  for (let round = 0; round < runs; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      if (contender.slow && round >= slowRuns) continue;
      const { measured, fault } = await runOnce(contender, fleet);
      const told = fault === undefined ? `${(measured.wallMs / 1000).toFixed(2)} s` : `does not count: ${fault}`;
      report(`${fleet.hosts.length} hosts, round ${round + 1}: ${contender.name} ${told}`);
      if (fault === undefined) place(rounds.get(contender.name), round, measured);
      else faults.get(contender.name)?.push(fault);
    }
  }
  const series = contenders.map(({ name }): Series => {
    return { name, rounds: rounds.get(name) ?? [], faults: faults.get(name) ?? [] };
  });
  const haprov = series.find(({ name }) => name === HAPROV);
  return series.map((one) => summarize(one, haprov ?? one));
}

async function runOnce(contender: Contender, fleet: Fleet) {
  const measured = await measure(contender.invoke(fleet), join(fleet.scratch, 'time'));
  await contender.after?.(fleet);
  return { measured, fault: contender.fault(measured, fleet) };
}

function place(rounds: (Measurement | undefined)[] | undefined, round: number, measured: Measurement): void {
  if (rounds === undefined) return;
  const { wallMs, cpuMs, rssMiB } = measured;
  rounds[round] = { wallMs, cpuMs, rssMiB };
}
