import { clockSubject } from '../../facts/system/clock.ts';
import type { Session } from '../../transport/session.ts';

/** How a host's clock differs from this machine's. */
export interface ClockOffset {
  /** Milliseconds to take from a time of the host's. */
  readonly ms: number;
  /** By how much that may be wrong. */
  readonly errorMs: number;
}

const TRIES = 4;

/** Asks for the time a few times and believes the quickest answer. */
export async function measureOffset(session: Session, signal?: AbortSignal): Promise<ClockOffset> {
  let best: ClockOffset | undefined;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const before = Date.now();
    const { stdout } = await session.run(clockSubject.script(['now']), {
      become: false,
      timeoutMs: 15_000,
      ...(signal === undefined ? {} : { signal }),
    });
    const after = Date.now();
    const [seconds = 0] = clockSubject.parse(stdout, ['now']);
    const found = { ms: seconds * 1000 - (before + after) / 2, errorMs: (after - before) / 2 };
    if (best === undefined || found.errorMs < best.errorMs) best = found;
  }
  return best ?? { ms: 0, errorMs: Number.POSITIVE_INFINITY };
}

/** Nanoseconds of a host's clock as milliseconds of this machine's. */
export function here(nanoseconds: string, { ms }: ClockOffset): number {
  return Math.round(Number(nanoseconds) / 1e6 - ms);
}
