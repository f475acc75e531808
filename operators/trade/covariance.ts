/**
 * Returns of many keys at common moments, and their covariance. Plain data: a ring of `window` rows of `width` returns. Keys are small
 * integers given in order of appearance; the width grows by doubling when new ones come.
 */
export interface ReturnsState {
  readonly window: number;
  width: number;
  /** Rows taken in so far. */
  rows: number;
  /** Last price of each key. */
  last: Float64Array;
  ring: Float64Array;
  /** Sums by key, needed only inside of `covariance`. */
  sums: Float64Array;
}

export const returnsState = (window: number, width = 8): ReturnsState => ({
  window, width, rows: 0, last: new Float64Array(width).fill(NaN), ring: new Float64Array(window * width).fill(NaN),
  sums: new Float64Array(width),
});

/**
 * Takes in a common moment: `prices[key]` for `n` keys, NaN where one did not trade. The simple return of a key is over its last price;
 * it has none where it is new or did not trade.
 */
export function observeReturns(state: ReturnsState, prices: Float64Array, n: number): void {
  if (n > state.width) widen(state, n);
  const { width, last, ring, window } = state;
  const row = (state.rows % window) * width;
  for (let k = 0; k < width; k++) {
    const price = k < n ? prices[k] : NaN;
    const before = last[k];
    ring[row + k] = price > 0 && before > 0 ? price / before - 1 : NaN;
    if (price > 0) last[k] = price;
  }
  state.rows++;
}

function widen(state: ReturnsState, n: number): void {
  let width = state.width;
  while (width < n) width *= 2;
  const last = new Float64Array(width).fill(NaN);
  const ring = new Float64Array(state.window * width).fill(NaN);
  last.set(state.last);
  for (let r = 0; r < state.window; r++) ring.set(state.ring.subarray(r * state.width, (r + 1) * state.width), r * width);
  Object.assign(state, { width, last, ring, sums: new Float64Array(width) });
}

/**
 * Covariance of `n` keys into `out` (n * n, row order), over the rows in which all of them have a return: so it is never indefinite.
 * Answers how many rows these were; with fewer than two, `out` is NaN.
 *
 * `halfLife` 0 is the sample covariance, divided by rows - 1. Otherwise a row counts half as much as one that is `halfLife` moments
 * younger and means are zero, as in RiskMetrics (J.P. Morgan 1996), whose lambda 0.94 is a half-life of 11.2.
 */
export function covariance(state: ReturnsState, keys: Int32Array, n: number, halfLife: number, out: Float64Array): number {
  const { ring, width, window, sums } = state;
  const kept = Math.min(state.rows, window);
  const centred = !(halfLife > 0);
  const decay = centred ? 1 : 2 ** (-1 / halfLife);
  out.fill(0, 0, n * n);
  sums.fill(0, 0, n);
  let used = 0;
  let total = 0;
  let weight = 1;
  // The newest whole row. Sums of differences from it lose no digits for returns that are nearly alike.
  let pivot = -1;
  for (let age = 0; age < kept; age++, weight *= decay) {
    const row = ((state.rows - 1 - age) % window) * width;
    if (!whole(ring, row, keys, n)) continue;
    if (pivot < 0) pivot = row;
    used++;
    total += weight;
    for (let i = 0; i < n; i++) {
      const x = ring[row + keys[i]] - (centred ? ring[pivot + keys[i]] : 0);
      sums[i] += x;
      for (let j = 0; j <= i; j++) out[i * n + j] += weight * x * (ring[row + keys[j]] - (centred ? ring[pivot + keys[j]] : 0));
    }
  }
  if (used < 2) {
    out.fill(NaN, 0, n * n);
    return used;
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = out[i * n + j];
      out[i * n + j] = centred ? (sum - (sums[i] * sums[j]) / used) / (used - 1) : sum / total;
      out[j * n + i] = out[i * n + j];
    }
  }
  return used;
}

/** Have all keys a return in this row? */
function whole(ring: Float64Array, row: number, keys: Int32Array, n: number): boolean {
  for (let i = 0; i < n; i++) if (ring[row + keys[i]] !== ring[row + keys[i]]) return false;
  return true;
}
