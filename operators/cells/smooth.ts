import { ring, type CellSpec } from '../../src/core/layout.ts';

/** Exponential smoothing seeded with the mean of the first `n` numbers, as in TA-Lib: rows seen (at most n), value. */
export const smoothCells = (): CellSpec => ring(2);

/** Weight of the newest number in an exponential average of length `n`. */
export const emaWeight = (n: number): number => 2 / (n + 1);

/** Takes the next number; NaN until `n` are there. The seed is a running mean, which is exact for a constant series. */
export function smooth(S: Float64Array, a: number, n: number, weight: number, x: number): number {
  const seen = S[a];
  const mean = S[a + 1];
  if (seen >= n) return (S[a + 1] = mean + (x - mean) * weight);
  S[a] = seen + 1;
  const seed = mean + (x - mean) / (seen + 1);
  S[a + 1] = seed;
  return seen + 1 < n ? NaN : seed;
}

/** The same seeded with the first number; NaN until `n` are there. */
export function smoothFromFirst(S: Float64Array, a: number, n: number, weight: number, x: number): number {
  const seen = S[a];
  const mean = seen === 0 ? x : S[a + 1] + (x - S[a + 1]) * weight;
  S[a + 1] = mean;
  if (seen < n) S[a] = seen + 1;
  return seen + 1 < n ? NaN : mean;
}
