import { ring, type CellSpec } from '../../src/core/layout.ts';

/**
 * Linearly weighted mean of the last `n` numbers (1 for the oldest, n for the newest): position, anchor, plain and weighted sum of the
 * differences from the anchor, ring. Renewed whenever the ring wraps, as in `sliding.ts`.
 */
const ANCHOR = 1;
const SUM = 2;
const WEIGHTED = 3;
const RING = 4;

export const weightedCells = (n: number): CellSpec => ring(RING + n);

export function slideWeighted(S: Float64Array, a: number, n: number, x: number): number {
  const i = S[a];
  if (i === 0) S[a + ANCHOR] = x;
  const anchor = S[a + ANCHOR];
  const full = i >= n;
  const slot = a + RING + (full ? i - n : i);
  const come = x - anchor;
  const sum = S[a + SUM];
  S[a + WEIGHTED] += full ? n * come - sum : (i + 1) * come;
  S[a + SUM] = full ? sum + (come - (S[slot] - anchor)) : sum + come;
  S[slot] = x;
  const wraps = i === n - 1 || i === n + n - 1;
  S[a] = wraps ? n : i + 1;
  if (wraps) anchorAgain(S, a, n, x);
  return i < n - 1 ? NaN : S[a + ANCHOR] + S[a + WEIGHTED] / ((n * (n + 1)) / 2);
}

/** Called when the newest number is in the last slot, so that the ring is in order of age. */
function anchorAgain(S: Float64Array, a: number, n: number, x: number): void {
  const from = a + RING;
  let off = 0;
  for (let r = 0; r < n; r++) off += S[from + r] - x;
  const anchor = x + off / n;
  let sum = 0;
  let weighted = 0;
  for (let r = 0; r < n; r++) {
    const d = S[from + r] - anchor;
    sum += d;
    weighted += (r + 1) * d;
  }
  S[a + ANCHOR] = anchor;
  S[a + SUM] = sum;
  S[a + WEIGHTED] = weighted;
}
