import { FULL } from './full.ts';

/**
 * How many of what a run can do any number of: some of each kind in the gate, as many as prove it in the full tests. A
 * variable of its own says otherwise for each: HAPROV_KILLS=50 npm test -- rollout-killed.
 */
export const AMOUNTS = {
  /** Kills of haprov in the middle of an apply, besides one on each pair. */
  kills: amount('HAPROV_KILLS', 4, 50),
  /** Kills of haprov while the members of a pair take what they have to take together, of each kind of such a change. */
  killsTogether: amount('HAPROV_KILLS_TOGETHER', 1, 10),
  /** States of a pair from which a plan's prediction is held against what the hosts then do. */
  predictions: amount('HAPROV_PREDICTIONS', 2, 200),
  /** Clusters of two hosts in the fleet. */
  clusters: amount('HAPROV_FLEET', 4, 20),
  /** Switchovers in a row. */
  switchovers: amount('HAPROV_SWITCHOVERS', 4, 20),
  /** Applies to a pair whose members stop hearing each other, for each way of adverts, as a first one and as a change. */
  deaf: amount('HAPROV_DEAF', 1, 20),
  /** Rounds of troubles that are planted for the doctor, two in each. */
  plants: amount('HAPROV_PLANTS', 9, 100),
} as const;

function amount(name: string, few: number, many: number): number {
  const wish = process.env[name];
  if (wish === undefined) return FULL ? many : few;
  const count = Number(wish);
  if (!Number.isInteger(count) || count < 1) throw new Error(`${name} is a number of at least 1, not '${wish}'`);
  return count;
}
