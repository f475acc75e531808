/**
 * Target weights of many symbols at once, from forecasts. `n` is how many; a covariance is n * n in row order. Weights are written to
 * `out`, are zero or more and sum to 1; symbols whose variance is not a number above zero get 0. The caller gives them their sides.
 */
export interface WeightMethod {
  readonly name: string;
  readonly doc: string;
  /** Does it need covariances, or variances only? */
  readonly covariance: boolean;
  /** Cycles that were needed; -1 where it did not converge or no symbol has a variance. */
  readonly weights: (covariance: Float64Array, n: number, out: Float64Array) => number;
}

/** Relative error of a solution at which the cycles end, and their greatest number. */
const TOLERANCE = 1e-12;
const MAX_CYCLES = 5_000;

/** The same weight for each symbol. */
export function equalWeights(covariance: Float64Array, n: number, out: Float64Array): number {
  for (let i = 0; i < n; i++) out[i] = covariance[i * n + i] > 0 ? 1 : 0;
  return normalise(n, out) ? 1 : -1;
}

/** In inverse proportion to the standard deviation: equal risks where all correlations are alike. */
export function inverseVolatility(covariance: Float64Array, n: number, out: Float64Array): number {
  for (let i = 0; i < n; i++) out[i] = inverseRoot(covariance[i * n + i]);
  return normalise(n, out) ? 1 : -1;
}

const inverseRoot = (variance: number): number => (variance > 0 && variance < Infinity ? 1 / Math.sqrt(variance) : 0);

/**
 * Equal risk contributions, or those in proportion to `budgets`: w_i * (C w)_i = b_i * w' C w. Minimises x' C x / 2 - sum(b_i ln x_i) over
 * x > 0 by cyclical coordinate descent, each coordinate the root of C_ii x^2 + c x - b_i = 0 with c the covariance with the others
 * (Griveau-Billion, Richard, Roncalli 2013; the objective is Spinu's, 2013), then divides by the sum.
 */
export function riskParity(covariance: Float64Array, n: number, out: Float64Array, budgets?: Float64Array): number {
  let active = 0;
  for (let i = 0; i < n; i++) {
    out[i] = inverseRoot(covariance[i * n + i]);
    if (out[i] > 0) active++;
  }
  if (active === 0) return -1;
  for (let cycle = 1; cycle <= MAX_CYCLES; cycle++) {
    let worst = 0;
    for (let i = 0; i < n; i++) {
      if (out[i] === 0) continue;
      const budget = budgets === undefined ? 1 / active : budgets[i];
      const own = covariance[i * n + i];
      const cross = marginal(covariance, n, out, i) - own * out[i];
      // The residual before the step: how far this contribution is from its budget.
      worst = Math.max(worst, Math.abs(out[i] * (cross + own * out[i]) - budget) / budget);
      const root = Math.sqrt(cross * cross + 4 * own * budget);
      // The two forms of the root; the second does not subtract nearly equal numbers.
      out[i] = cross <= 0 ? (root - cross) / (2 * own) : (2 * budget) / (root + cross);
    }
    if (worst <= TOLERANCE) return normalise(n, out) ? cycle : -1;
    if (worst !== worst) return -1;
  }
  normalise(n, out);
  return -1;
}

/**
 * The least variance without short positions. Minimises x' C x / 2 - sum(x) over x >= 0 by coordinate descent; its solution divided by
 * its sum meets the conditions of Karush, Kuhn and Tucker: (C w)_i is least, and alike, where w_i > 0.
 */
export function minVariance(covariance: Float64Array, n: number, out: Float64Array): number {
  for (let i = 0; i < n; i++) out[i] = covariance[i * n + i] > 0 ? 1 / covariance[i * n + i] : 0;
  if (grossIsZero(n, out)) return -1;
  for (let cycle = 1; cycle <= MAX_CYCLES; cycle++) {
    let moved = 0;
    let size = 0;
    for (let i = 0; i < n; i++) {
      const own = covariance[i * n + i];
      if (!(own > 0)) continue;
      const x = Math.max(0, (1 - (marginal(covariance, n, out, i) - own * out[i])) / own);
      moved = Math.max(moved, Math.abs(x - out[i]));
      size = Math.max(size, x);
      out[i] = x;
    }
    if (moved !== moved) return -1;
    if (moved <= TOLERANCE * size) return normalise(n, out) ? cycle : -1;
  }
  normalise(n, out);
  return -1;
}

/** (C w)_i over the symbols with a weight. */
function marginal(covariance: Float64Array, n: number, w: Float64Array, i: number): number {
  let sum = 0;
  const row = i * n;
  for (let j = 0; j < n; j++) if (w[j] !== 0) sum += covariance[row + j] * w[j];
  return sum;
}

/** Share of symbol `i` in the variance of the portfolio; the shares sum to 1. */
export function riskShare(covariance: Float64Array, n: number, w: Float64Array, i: number): number {
  let total = 0;
  for (let j = 0; j < n; j++) total += w[j] * marginal(covariance, n, w, j);
  return (w[i] * marginal(covariance, n, w, i)) / total;
}

function grossIsZero(n: number, out: Float64Array): boolean {
  for (let i = 0; i < n; i++) if (out[i] !== 0) return false;
  return true;
}

function normalise(n: number, out: Float64Array): boolean {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += out[i];
  if (!(sum > 0) || sum === Infinity) return false;
  for (let i = 0; i < n; i++) out[i] /= sum;
  return true;
}

export const WEIGHT_METHODS: Readonly<Record<string, WeightMethod>> = Object.freeze({
  equal_weight: Object.freeze({ name: 'equal_weight', doc: 'The same weight for each symbol.', covariance: false, weights: equalWeights }),
  inverse_volatility: Object.freeze({
    name: 'inverse_volatility', doc: 'In inverse proportion to volatility.', covariance: false, weights: inverseVolatility,
  }),
  risk_parity: Object.freeze({
    name: 'risk_parity', doc: 'Each symbol contributes the same part of the variance.', covariance: true,
    weights: (c: Float64Array, n: number, out: Float64Array) => riskParity(c, n, out),
  }),
  min_variance: Object.freeze({
    name: 'min_variance', doc: 'The portfolio of least variance without short positions.', covariance: true, weights: minVariance,
  }),
});
