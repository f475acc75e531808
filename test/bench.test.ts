import { expect, it } from 'vitest';
import { enterMain } from '../bench/suites.ts';

/** Benches run here with tiny inputs: they compare results with each other, and may not rot. No time is asserted. */
it('every suite runs and prints figures', async () => {
  const results = await enterMain({ quick: true, only: [] });
  expect(results.length).toBeGreaterThan(50);
  for (const r of results) {
    expect(r.name).not.toBe('');
    expect(Number.isFinite(r.value)).toBe(true);
    expect(r.against === null).toBe(r.ratio === null);
  }
}, 60_000);
