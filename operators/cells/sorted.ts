import { ring, type CellSpec } from '../../src/core/layout.ts';

/** The last `n` numbers in order of arrival and in order of size: position, ring, sorted copy. */
const RING = 1;

export const sortedCells = (n: number): CellSpec => ring(RING + 2 * n);

/** Takes the next number; true once `n` are there. Moves the numbers between the one that leaves and the one that comes. */
export function slideSorted(S: Float64Array, a: number, n: number, x: number): boolean {
  const i = S[a];
  const slot = a + RING + (i < n ? i : i - n);
  const first = a + RING + n;
  S[a] = i === n + n - 1 ? n : i + 1;
  let at = first + i;
  if (i >= n) {
    at = first + positionOf(S, first, n, S[slot]);
    const end = first + n - 1;
    while (at < end && S[at + 1] < x) {
      S[at] = S[at + 1];
      at++;
    }
  }
  while (at > first && S[at - 1] > x) {
    S[at] = S[at - 1];
    at--;
  }
  S[at] = x;
  S[slot] = x;
  return i >= n - 1;
}

/** Quantile `q` in [0, 1] of the sorted window, linear between neighbours (type 7 of Hyndman and Fan). */
export function sortedQuantile(S: Float64Array, a: number, n: number, q: number): number {
  const first = a + RING + n;
  const place = (n - 1) * q;
  const below = Math.floor(place);
  const low = S[first + below];
  if (below === place) return low;
  return low + (S[first + below + 1] - low) * (place - below);
}

/** Share of the sorted window below `x`, equal values counted half. */
export function sortedRank(S: Float64Array, a: number, n: number, x: number): number {
  const first = a + RING + n;
  const below = positionOf(S, first, n, x);
  let to = below;
  while (to < n && S[first + to] === x) to++;
  return (below + to) / (2 * n);
}

/** Place of the first number that is not below `x`. */
function positionOf(S: Float64Array, first: number, n: number, x: number): number {
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (S[first + mid] < x) low = mid + 1;
    else high = mid;
  }
  return low;
}
