import { ring, type CellSpec } from '../../src/core/layout.ts';

/**
 * Mean and population variance of the last `n` numbers: position, anchor, sum and sum of squares of the differences from the anchor, ring.
 * As in `sliding.ts` the anchor is renewed whenever the ring wraps; it is also renewed when the variance has become small against what
 * it is subtracted from, because there the digits would be lost: a window that turns constant has a variance of exactly 0 at once.
 */
const ANCHOR = 1;
const SUM = 2;
const SQUARES = 3;
const RING = 4;
/** Below this share the subtraction has eaten four digits or more. */
const THIN = 1e-4;

export const momentCells = (n: number): CellSpec => ring(RING + n);

/** Takes the next number and returns the population variance of the last `n`, NaN until they are there. */
export function slideVariance(S: Float64Array, a: number, n: number, x: number): number {
  const i = S[a];
  if (i === 0) S[a + ANCHOR] = x;
  const anchor = S[a + ANCHOR];
  const slot = a + RING + (i < n ? i : i - n);
  const gone = i < n ? 0 : S[slot] - anchor;
  const come = x - anchor;
  S[slot] = x;
  const wraps = i === n - 1 || i === n + n - 1;
  S[a] = wraps ? n : i + 1;
  const sum = S[a + SUM] + (come - gone);
  const squares = S[a + SQUARES] + (come * come - gone * gone);
  S[a + SUM] = sum;
  S[a + SQUARES] = squares;
  if (i < n - 1) return NaN;
  const spread = squares - (sum * sum) / n;
  const scale = gone * gone > squares ? gone * gone : squares;
  if (wraps || spread < THIN * scale) return anchorAgain(S, a, n, x);
  return spread / n;
}

/** Mean of the last `n` numbers, once `slideVariance` has returned a number. */
export const momentMean = (S: Float64Array, a: number, n: number): number => S[a + ANCHOR] + S[a + SUM] / n;

function anchorAgain(S: Float64Array, a: number, n: number, x: number): number {
  const from = a + RING;
  const to = from + n;
  let off = 0;
  for (let r = from; r < to; r++) off += S[r] - x;
  const anchor = x + off / n;
  let sum = 0;
  let squares = 0;
  for (let r = from; r < to; r++) {
    const d = S[r] - anchor;
    sum += d;
    squares += d * d;
  }
  S[a + ANCHOR] = anchor;
  S[a + SUM] = sum;
  S[a + SQUARES] = squares;
  const spread = squares - (sum * sum) / n;
  return spread > 0 ? spread / n : 0;
}
