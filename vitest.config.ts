import { defineConfig } from 'vitest/config';

/** Machines are shared and noisy: a limit only ends what hangs. */
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });
