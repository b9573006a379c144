import pLimit from 'p-limit';
import type { ClusterRun } from './cluster.ts';

/** How a large rollout is held on its course. */
export interface Steering {
  /** So many clusters are finished before the others begin; one that fails stops them all. */
  readonly canary: number;
  /** Clusters that may fail before no further one is begun. */
  readonly maxFailures: number;
  /** Asked before each wave, with its hosts; false leaves the rest undone. */
  readonly confirmWave?: (wave: number, hosts: readonly string[]) => Promise<boolean>;
}

export const UNSTEERED: Steering = { canary: 0, maxFailures: Number.POSITIVE_INFINITY };

/**
 * Makes the batches of all clusters, `forks` clusters at a time. Without questions to ask, a cluster goes on to its next
 * batch as soon as its own gates have passed; with them, wave by wave.
 */
export async function steer(runs: readonly ClusterRun[], forks: number, steering: Steering): Promise<void> {
  const pending = runs.filter((run) => run.next().length > 0);
  const first = pending.slice(0, steering.canary);
  await advance(first, runs, forks, steering);
  if (first.some(hasFailed)) stop(pending, 'not begun, since a canary failed');
  await advance(pending.slice(steering.canary), runs, forks, steering);
}

async function advance(
  some: readonly ClusterRun[],
  runs: readonly ClusterRun[],
  forks: number,
  steering: Steering,
): Promise<void> {
  const limit = pLimit(forks);
  const step = async (run: ClusterRun): Promise<void> => {
    const failed = runs.filter(hasFailed).length;
    if (failed > steering.maxFailures) run.withhold(`not begun, since ${failed} clusters failed`);
    await run.step();
  };
  if (steering.confirmWave === undefined) {
    const toTheEnd = async (run: ClusterRun): Promise<void> => {
      while (run.next().length > 0) await step(run);
    };
    await Promise.all(some.map((run) => limit(() => toTheEnd(run))));
    return;
  }
  for (let wave = 1; ; wave += 1) {
    const hosts = some.flatMap((run) => run.next());
    if (hosts.length === 0) return;
    if (!(await steering.confirmWave(wave, hosts))) return stop(some, 'not begun, as you said');
    await Promise.all(some.filter((run) => run.next().length > 0).map((run) => limit(() => step(run))));
  }
}

function stop(runs: readonly ClusterRun[], why: string): void {
  for (const run of runs) run.withhold(why);
}

function hasFailed({ members }: ClusterRun): boolean {
  return members.some((member) => member.failure !== undefined);
}
