import { UsageError } from '../errors.ts';
import type { Steering } from '../rollout/steering.ts';
import { confirm } from '../ui/terminal/prompt.ts';
import type { Io } from './io.ts';

/** Options that hold a large rollout on its course. */
export interface SteeringOptions {
  readonly canary?: number;
  /** `3` or `10%`. */
  readonly maxFailures?: string;
  /** Ask before each wave. */
  readonly confirm?: boolean;
}

/** Names shown in a question before it says how many more there are. */
const NAMED = 8;

/** What the options mean for so many clusters. Throws UsageError before anything is done. */
export function steeringOf(options: SteeringOptions, clusters: number, io: Io, suspend: () => void): Steering {
  if (options.confirm === true && (io.input.isTTY !== true || io.out.isTTY !== true)) {
    throw new UsageError('there is no terminal to ask on before each wave', { next: 'Leave --confirm out.' });
  }
  const confirmWave = (wave: number, hosts: readonly string[]): Promise<boolean> => {
    suspend();
    const more = hosts.length > NAMED ? ` and ${hosts.length - NAMED} more` : '';
    return confirm(`Wave ${wave}: ${hosts.slice(0, NAMED).join(', ')}${more}?`, { input: io.input, output: io.out });
  };
  return {
    canary: options.canary ?? 0,
    maxFailures: maxFailuresOf(options.maxFailures, clusters),
    ...(options.confirm === true ? { confirmWave } : {}),
  };
}

function maxFailuresOf(text: string | undefined, clusters: number): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const [, digits, percent] = /^(\d{1,9})(%?)$/.exec(text) ?? [];
  const value = Number(digits);
  if (digits === undefined || (percent === '%' && value > 100)) {
    throw new UsageError(`--max-failures ${text}: write a number of clusters (3) or a share of them (10%)`);
  }
  return percent === '%' ? Math.floor((clusters * value) / 100) : value;
}
