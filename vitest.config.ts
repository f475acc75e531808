import { defineConfig } from 'vitest/config';

/**
 * Machines are shared and noisy: a limit only ends what hangs. Many tests wait for processes and servers, so there are more workers than
 * cores. Tests beside the sources keep nothing outside themselves, so that they share what a worker has loaded.
 */
export default defineConfig({
  test: {
    testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 4,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts', 'operators/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'system', include: ['test/**/*.test.ts'] } },
    ],
  },
});
