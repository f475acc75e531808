import { defineConfig } from 'vitest/config';

/**
 * Machines are shared and noisy: a limit only ends what hangs. Many tests wait for processes and servers, so there are more workers than
 * cores.
 */
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 4 } });
