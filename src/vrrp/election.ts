import { byPriority } from './priority.ts';

/** A host that may have the VIP: its keepalived runs and has not given up. */
export interface Candidate {
  readonly host: string;
  /** Effective. */
  readonly priority: number;
  /** Takes over from a living master of lower priority. */
  readonly preempts: boolean;
}

/**
 * How an election ends. stays: the holder goes on. preempted: a better one takes over while the holder serves. taken: the
 * holder is gone, and the best of the others takes over. unheld: no host can.
 */
export type Outcome<C extends Candidate> =
  | { readonly how: 'stays' | 'preempted' | 'taken'; readonly holder: C }
  | { readonly how: 'unheld'; readonly holder?: undefined };

/** Who has the VIP once the election has settled. `holder`: who has it now; undefined, or none of the candidates: no one does. */
export function elect<C extends Candidate>(candidates: readonly C[], holder: string | undefined): Outcome<C> {
  const ranked = byPriority(candidates);
  const master = ranked.find(({ host }) => host === holder);
  if (master === undefined) {
    const [best] = ranked;
    return best === undefined ? { how: 'unheld' } : { how: 'taken', holder: best };
  }
  const better = ranked.find(({ priority, preempts }) => preempts && priority > master.priority);
  return better === undefined ? { how: 'stays', holder: master } : { how: 'preempted', holder: better };
}
