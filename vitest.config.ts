import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Files that judge an outage: they wait until all others are done. */
const ALONE = 'test/integration/rollout-*.test.ts';

/** Most tests of the lab wait. Files side by side, each on hosts of its own: measured on two cores. */
const LANES = 4;

/** Of the files that judge an outage, side by side: hosts and what measures have precedence over all else. */
const OUTAGE_LANES = 2;

const lab = {
  globalSetup: ['test/support/scratch.ts', 'test/support/lab-setup.ts'],
  testTimeout: 180_000,
  hookTimeout: 600_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          globalSetup: ['test/support/scratch.ts', 'test/support/busybox.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // The default is a core fewer, which is one of two, and leaves the other idle beside tests that wait.
          maxWorkers: availableParallelism(),
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/integration/**/*.test.ts'],
          exclude: [ALONE],
          ...lab,
          maxWorkers: LANES,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'lab-alone',
          include: [ALONE],
          ...lab,
          maxWorkers: OUTAGE_LANES,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
