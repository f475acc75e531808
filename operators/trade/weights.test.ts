import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { covariance, observeReturns, returnsState } from './covariance.ts';
import { inverseVolatility, minVariance, riskParity, riskShare, WEIGHT_METHODS } from './weights.ts';

/** A positive definite covariance of `n` symbols from factors, volatilities from 0.5 % to 8 %. */
function factorCovariance(n: number, seed: number): Float64Array {
  const random = new Random(seed);
  const loads = Array.from({ length: n }, () => Array.from({ length: 3 }, () => random.normal()));
  const vols = Array.from({ length: n }, () => 0.005 + 0.075 * random.next());
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const dot = loads[i].reduce((s, x, k) => s + x * loads[j][k], 0) + (i === j ? 0.3 : 0);
      const scale = (v: number[]): number => Math.sqrt(v.reduce((s, x) => s + x * x, 0.3));
      out[i * n + j] = (dot / (scale(loads[i]) * scale(loads[j]))) * vols[i] * vols[j];
    }
  }
  return out;
}
const sum = (xs: Iterable<number>): number => [...xs].reduce((s, x) => s + x, 0);
const solve = (c: ArrayLike<number>, n: number, f: typeof minVariance): number[] => {
  const out = new Float64Array(n);
  expect(f(Float64Array.from(c), n, out)).toBeGreaterThan(0);
  return [...out];
};

describe('weights by hand', () => {
  it('two symbols: risk parity is inverse volatility, whatever their correlation', () => {
    for (const rho of [-0.9, 0, 0.5, 0.99]) {
      const w = solve([0.04, rho * 0.02, rho * 0.02, 0.01], 2, riskParity);
      expect(w[0]).toBeCloseTo(1 / 3, 10);
      expect(w[1]).toBeCloseTo(2 / 3, 10);
    }
    expect(solve([0.04, 0, 0, 0.01], 2, inverseVolatility)[0]).toBeCloseTo(1 / 3, 14);
  });

  it('three symbols, two of them alike: x = (1, 1, t) with (1 + rho) = t^2 of unit volatilities', () => {
    // Symbols 1 and 2 correlated by 0.5, the third with none: contributions 1 * 1.5 and t * t are alike at t = sqrt(1.5).
    const w = solve([1, 0.5, 0, 0.5, 1, 0, 0, 0, 1], 3, riskParity);
    const t = Math.sqrt(1.5);
    [1, 1, t].forEach((x, i) => expect(w[i]).toBeCloseTo(x / (2 + t), 10));
  });

  it('budgets 1 to 4 without correlation are weights in the ratio of their roots', () => {
    const out = new Float64Array(2);
    expect(riskParity(Float64Array.of(1, 0, 0, 1), 2, out, Float64Array.of(0.2, 0.8))).toBeGreaterThan(0);
    expect(out[0]).toBeCloseTo(1 / 3, 10);
  });

  it('least variance: inverse variances without correlation, and no short position with much of it', () => {
    expect(solve([0.04, 0, 0, 0.01], 2, minVariance)[0]).toBeCloseTo(0.2, 10);
    // Unrestricted, the first weight would be (0.01 - 0.018) / (0.04 + 0.01 - 0.036) < 0.
    expect(solve([0.04, 0.018, 0.018, 0.01], 2, minVariance)).toEqual([0, 1]);
  });

  it('symbols without a variance get nothing; without any there is no answer', () => {
    for (const m of Object.values(WEIGHT_METHODS)) {
      const out = new Float64Array(3);
      expect(m.weights(Float64Array.of(0.04, 0, 0, 0, 0, 0, 0, 0, 0.04), 3, out), m.name).toBeGreaterThan(0);
      expect([...out]).toEqual([0.5, 0, 0.5]);
      expect(m.weights(new Float64Array(9).fill(NaN), 3, out)).toBe(-1);
      expect(m.weights(new Float64Array(9), 3, out)).toBe(-1);
    }
  });
});

describe('weights of any covariance', () => {
  const cases = fc.tuple(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 1e6 }));
  it('are zero or more and sum to 1', () => fc.assert(fc.property(cases, ([n, seed]) => {
    for (const m of Object.values(WEIGHT_METHODS)) {
      const w = solve(factorCovariance(n, seed), n, m.weights);
      expect(sum(w)).toBeCloseTo(1, 12);
      expect(Math.min(...w)).toBeGreaterThanOrEqual(0);
    }
  }), { seed: 1, numRuns: 60 }));

  const alike = (f: typeof minVariance): void => fc.assert(fc.property(cases, ([n, seed]) => {
    const c = factorCovariance(n, seed);
    const w = Float64Array.from(solve(c, n, f));
    for (let i = 0; i < n; i++) expect(Math.abs(riskShare(c, n, w, i) - 1 / n)).toBeLessThan(1e-8 / n);
  }), { seed: 1, numRuns: 80 });
  it('risk parity: contributions are equal to 1e-8', () => alike(riskParity));
  it('inverse volatility in its place is found out', () => expect(() => alike(inverseVolatility)).toThrow());

  const least = (f: typeof minVariance): void => fc.assert(fc.property(cases, ([n, seed]) => {
    const c = factorCovariance(n, seed);
    const w = solve(c, n, f);
    const slopes = w.map((_, i) => sum(w.map((x, j) => c[i * n + j] * x)));
    const total = sum(w.map((x, i) => x * slopes[i]));
    slopes.forEach((slope, i) => {
      expect(slope).toBeGreaterThanOrEqual(total * (1 - 1e-7));
      if (w[i] > 1e-9) expect(slope).toBeLessThanOrEqual(total * (1 + 1e-7));
    });
  }), { seed: 1, numRuns: 60 });
  it('least variance: slopes are alike where there is weight, and no less elsewhere', () => least(minVariance));
  it('risk parity in its place is found out', () => expect(() => least(riskParity)).toThrow());
});

describe('covariance of returns at common moments', () => {
  const feed = (rows: readonly (readonly number[])[], window: number): ReturnType<typeof returnsState> => {
    const state = returnsState(window, 2);
    for (const prices of rows) observeReturns(state, Float64Array.from(prices), prices.length);
    return state;
  };
  const keys = Int32Array.of(0, 1);

  it('by hand: returns +10 %, -10 % against +20 %, -20 %', () => {
    const out = new Float64Array(4);
    expect(covariance(feed([[100, 100], [110, 120], [99, 96]], 10), keys, 2, 0, out)).toBe(2);
    [0.02, 0.04, 0.04, 0.08].forEach((x, i) => expect(out[i]).toBeCloseTo(x, 14));
    // Half-life 1: weights 2/3 and 1/3 of the same squares.
    covariance(feed([[100, 100], [110, 120], [99, 96]], 10), keys, 2, 1, out);
    [0.01, 0.02, 0.02, 0.04].forEach((x, i) => expect(out[i]).toBeCloseTo(x, 14));
  });

  it('uses whole rows only, and says how few there are', () => {
    const out = new Float64Array(4);
    const state = feed([[100], [110, 50], [121, 55], [133.1, NaN], [146.41, 60.5]], 10);
    expect(covariance(state, keys, 2, 0, out)).toBe(2);
    expect(covariance(feed([[100, 1], [110, 1]], 10), keys, 2, 0, out)).toBe(1);
    expect(out.every((x) => x !== x)).toBe(true);
  });

  const fresh = (observe: typeof observeReturns): void => {
    const random = new Random(12);
    for (const window of [3, 10, 50]) {
      const state = returnsState(window, 1);
      const prices = [100, 20, 3].map((x) => [x]);
      for (let t = 0; t < 130; t++) {
        for (const p of prices) p.push(p[p.length - 1] * (1 + 0.02 * random.normal()));
        observe(state, Float64Array.from(prices.map((p) => p[p.length - 1])), 3);
      }
      const out = new Float64Array(9);
      covariance(structuredClone(state), Int32Array.of(2, 0, 1), 3, 0, out);
      const returns = [2, 0, 1].map((k) => prices[k].map((x, i) => x / prices[k][i - 1] - 1).slice(-window));
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          const mean = (k: number): number => sum(returns[k]) / window;
          const want = sum(returns[i].map((x, t) => (x - mean(i)) * (returns[j][t] - mean(j)))) / (window - 1);
          expect(Math.abs(out[i * 3 + j] - want)).toBeLessThan(1e-15);
        }
      }
    }
  };
  it('equals a fresh computation over the window, also from a copy of the state', () => fresh(observeReturns));
  it('a ring that keeps one row too many is found out', () => {
    expect(() => fresh((state, prices, n) => {
      observeReturns(state, prices, n);
      if (state.rows % state.window === 0) state.rows++;
    })).toThrow();
  });
});
