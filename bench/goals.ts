import { HAPROV } from './contenders.ts';
import type { Summary } from './statistics.ts';

/** A goal at the largest fleet, and whether it was reached. */
export interface Goal {
  readonly goal: string;
  readonly seen: string;
  readonly reached: boolean;
}

/** The fleet size that the goals speak of. */
export const GOAL_HOSTS = 40;

const RATIOS: readonly { readonly name: string; readonly most: number; readonly words: string }[] = [
  { name: 'xargs -P50 ssh true', most: 0.8, words: 'at most 0.8 of the ssh true fan-out' },
  { name: 'bare ssh2', most: 1.2, words: 'at most 1.2 of bare ssh2' },
  { name: 'ansible, pipelining', most: 1 / 30, words: 'at least 30 times faster than Ansible with pipelining' },
];
const MEMORY_MIB = 150;

const SECONDS: readonly { readonly name: string; readonly most: number }[] = [
  { name: 'haprov plan --jump', most: 8 },
  { name: 'haprov plan --from', most: 5 },
];

/** Judges the rows of the fleet behind a bastion: a run that lost a host does not count, and misses the goal. */
export function judgeBastion(rows: readonly Summary[]): readonly Goal[] {
  return SECONDS.map(({ name, most }) => {
    const row = rows.find((one) => one.name === name);
    const failed = row === undefined || row.runs === 0 || row.faults.length > 0;
    const seen = failed ? `${row?.faults.length ?? 0} runs failed` : `${(row.medianMs / 1000).toFixed(2)} s`;
    return {
      goal: `${name} in at most ${most} s, no host lost`,
      seen,
      reached: !failed && row.medianMs <= most * 1000,
    };
  });
}

/** Judges the rows of the fleet that the goals speak of; contenders that did not run are passed over. */
export function judge(rows: readonly Summary[]): readonly Goal[] {
  const ratios = RATIOS.flatMap(({ name, most, words }): Goal[] => {
    const row = rows.find((one) => one.name === name);
    if (row === undefined || row.runs === 0) return [];
    const seen = most < 0.5 ? `${(1 / row.ratio).toFixed(0)} times` : row.ratio.toFixed(2);
    return [{ goal: words, seen, reached: row.ratio <= most }];
  });
  const haprov = rows.find(({ name }) => name === HAPROV);
  if (haprov === undefined || haprov.runs === 0) return ratios;
  const memory = { seen: `${haprov.rssMiB.toFixed(0)} MiB`, reached: haprov.rssMiB < MEMORY_MIB };
  return [...ratios, { goal: `memory below ${MEMORY_MIB} MB`, ...memory }];
}
