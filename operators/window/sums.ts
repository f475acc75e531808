/**
 * Sums kept as two doubles: the sum and what rounding lost. Adding and taking away never drifts visibly, and the result does not depend
 * on the order of arrival (up to about 2^-100). Source: Knuth's two-sum, Dekker's split.
 */
export const SUM = 2;

export function addTo(S: Float64Array, a: number, x: number): void {
  const before = S[a];
  const sum = before + x;
  const part = sum - before;
  S[a] = sum;
  S[a + 1] += (before - (sum - part)) + (x - part);
}

export const sumAt = (S: Float64Array, a: number): number => S[a] + S[a + 1];

export function addSum(S: Float64Array, a: number, from: number): void {
  addTo(S, a, S[from]);
  S[a + 1] += S[from + 1];
}

const SPLIT = 134_217_729;

/** What `x * y` rounded to `product` has lost. */
function lost(x: number, y: number, product: number): number {
  const u = SPLIT * x;
  const xHigh = u - (u - x);
  const xLow = x - xHigh;
  const v = SPLIT * y;
  const yHigh = v - (v - y);
  const yLow = y - yHigh;
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
}

/**
 * Squares are summed in three doubles: what `x * x` loses fills a double by itself, so that adding several of them up in one would round
 * by the order in which they come, and a variance near 0 shows it.
 */
export const SQUARES = 3;

function addThree(S: Float64Array, a: number, x: number): void {
  const before = S[a];
  const sum = before + x;
  const part = sum - before;
  S[a] = sum;
  addTo(S, a + 1, (before - (sum - part)) + (x - part));
}

/** Adds `sign` times the exact square of `x`. */
export function addSquare(S: Float64Array, a: number, x: number, sign: number): void {
  const square = x * x;
  addThree(S, a, sign * square);
  addTo(S, a + 1, sign * lost(x, x, square));
}

export function addSquares(S: Float64Array, a: number, from: number): void {
  addThree(S, a, S[from]);
  addTo(S, a + 1, S[from + 1]);
  S[a + 2] += S[from + 2];
}

/** Population variance of `n` numbers from their sum and the sum of their squares; 0 where rounding would make it negative. */
export function variance(S: Float64Array, n: number, sum: number, squares: number): number {
  // Equal sums may be split in several doubles in several ways: make the first one the nearest, and the second the nearest of the rest.
  const s = S[sum] + S[sum + 1];
  const c = S[sum + 1] - (s - S[sum]);
  const low = S[squares + 1] + S[squares + 2];
  const rounded = S[squares] + low;
  const left = (low - (rounded - S[squares])) + (S[squares + 2] - (low - S[squares + 1]));
  const q = rounded + left;
  const d = left - (q - rounded);
  const first = n * q;
  const second = s * s;
  const rest = lost(n, q, first) + n * d - lost(s, s, second) - 2 * s * c - c * c;
  const scaled = first - second + rest;
  return scaled > 0 ? scaled / (n * n) : 0;
}
