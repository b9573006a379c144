import { beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../docker/lab-handle.ts';
import { FULL } from '../support/full.ts';
import { describeOnLab, testLab } from '../support/lab.ts';
import { acceptedFrom, inputOf, outcomesOf, RUN_KEEPALIVED } from '../support/vocabulary/outcomes.ts';

/** Inventories of one run of the script: what it prints has to fit into memory. */
const BATCH = 25;
const BATCHES = FULL ? 20 : 1;

describeOnLab('the whole vocabulary', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await testLab(['own1']);
  });

  it.each(Array.from({ length: BATCHES }, (_, index) => ({ seed: 1 + index * 1000 })))(
    'is run by keepalived as the inventory says, key by key: random inventories from seed $seed on',
    { timeout: 120_000 },
    async ({ seed }) => {
      const accepted = acceptedFrom(seed, BATCH);
      const { stdout } = await lab.exec('own1', RUN_KEEPALIVED, { input: inputOf(accepted) });
      const wrong = outcomesOf(accepted, stdout).filter(
        ({ test, differences }) => test !== undefined || differences.length > 0,
      );
      expect(wrong).toEqual([]);
    },
  );
});
