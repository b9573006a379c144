import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          globalSetup: ['test/support/scratch.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/scratch.ts', 'test/support/lab-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          // One lab, two cores: files run one after the other.
          fileParallelism: false,
        },
      },
    ],
  },
});
