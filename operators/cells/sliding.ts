import { ring, type CellSpec } from '../../src/core/layout.ts';

/**
 * Mean and sum of the last `n` numbers, in one block of cells: position, anchor, sum of the differences from the anchor, ring.
 *
 * A running sum of raw values loses digits for good once a large value has passed through it. Here the differences from an anchor near
 * the mean are summed, and both are computed afresh every time the ring wraps: the work stays constant per row, an error lives for at
 * most one turn of the ring, and a constant series has exactly its own value as mean. They are also computed afresh when the total has
 * become tiny against what it is made of, so that a window of zeros after large values has the sum 0 and not a rounding error.
 */
const ANCHOR = 1;
const SUM = 2;
const RING = 3;
/** Below this share of its parts a total is mostly rounding error. */
const THIN = 1e-9;

export const slidingCells = (n: number): CellSpec => ring(RING + n);

/** Takes the next number; true once `n` are there. The position runs from 0 to n-1 while filling, then from n to 2n-1 for ever. */
export function slide(S: Float64Array, a: number, n: number, x: number): boolean {
  const i = S[a];
  if (i === 0) S[a + ANCHOR] = x;
  const anchor = S[a + ANCHOR];
  const slot = a + RING + (i < n ? i : i - n);
  const come = x - anchor;
  const gone = i < n ? 0 : S[slot] - anchor;
  const wraps = i === n - 1 || i === n + n - 1;
  S[slot] = x;
  S[a] = wraps ? n : i + 1;
  S[a + SUM] += come - gone;
  if (i < n - 1) return false;
  if (wraps || isThin(n * anchor, S[a + SUM], come, gone)) anchorAgain(S, a, n, x);
  return true;
}

/** A sum of numbers that come and go in equal size, such as +1 and -1, may be 0 in earnest and need no renewal. */
function isThin(base: number, sum: number, come: number, gone: number): boolean {
  const total = Math.abs(base + sum);
  const left = Math.abs(gone);
  return total < THIN * (left + Math.abs(base)) && (total !== 0 || left > Math.abs(come));
}

export const slidMean = (S: Float64Array, a: number, n: number): number => S[a + ANCHOR] + S[a + SUM] / n;
export const slidSum = (S: Float64Array, a: number, n: number): number => n * S[a + ANCHOR] + S[a + SUM];

/**
 * Mean of the last `n` numbers, NaN until they are there: `slide` written out, as the commonest of all kernels
 * (12 ns a row against 23 through `slide`; bench/kernel).
 */
export function slideMean(S: Float64Array, a: number, n: number, x: number): number {
  const i = S[a] | 0;
  if (i === 0) S[a + ANCHOR] = x;
  const full = i >= n;
  const anchor = S[a + ANCHOR];
  const slot = a + RING + (full ? i - n : i);
  const come = x - anchor;
  const gone = full ? S[slot] - anchor : 0;
  const sum = S[a + SUM] + (come - gone);
  S[slot] = x;
  S[a + SUM] = sum;
  const wraps = i === n - 1 || i === n + n - 1;
  S[a] = wraps ? n : i + 1;
  if (wraps || (full && isThin(n * anchor, sum, come, gone))) {
    anchorAgain(S, a, n, x);
    return S[a + ANCHOR] + S[a + SUM] / n;
  }
  return full ? anchor + sum / n : NaN;
}

/** Sum of the last `n` numbers, NaN until they are there. */
export const slideSum = (S: Float64Array, a: number, n: number, x: number): number =>
  slide(S, a, n, x) ? slidSum(S, a, n) : NaN;

function anchorAgain(S: Float64Array, a: number, n: number, x: number): void {
  const from = a + RING;
  const to = from + n;
  let off = 0;
  for (let r = from; r < to; r++) off += S[r] - x;
  const anchor = x + off / n;
  let sum = 0;
  for (let r = from; r < to; r++) sum += S[r] - anchor;
  S[a + ANCHOR] = anchor;
  S[a + SUM] = sum;
}
