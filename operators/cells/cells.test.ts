import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { layOut, type CellSpec } from '../../src/core/layout.ts';
import { coMomentCells, slideCorrelation } from './co-moments.ts';
import { extremeAge, extremeCells, slideExtreme } from './extreme.ts';
import { momentCells, momentMean, slideVariance } from './moments.ts';
import { slideMean, slideSum, slidingCells } from './sliding.ts';
import { slideSorted, sortedCells, sortedQuantile } from './sorted.ts';
import { slideWeighted, weightedCells } from './weighted.ts';

/** The block lies at offset 3, so that an offset that is forgotten shows. */
const slabOf = (cells: CellSpec): Float64Array => layOut({ before: { doubles: 3, init: 7 }, block: cells }).blank;
const A = 3;

const walk = (rows: number, level: number, step: number, seed = 5): number[] => {
  const random = new Random(seed);
  let x = level;
  return Array.from({ length: rows }, () => (x += step * (random.next() - 0.5)));
};
const window = (xs: readonly number[], r: number, n: number): readonly number[] => xs.slice(r - n + 1, r + 1);
const meanOf = (xs: readonly number[]): number => xs[0] + xs.reduce((sum, x) => sum + (x - xs[0]), 0) / xs.length;
const varianceOf = (xs: readonly number[]): number => {
  // The mean itself is rounded; the second term takes out what that adds.
  const mean = meanOf(xs);
  const off = xs.reduce((sum, x) => sum + (x - mean), 0);
  return (xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) - off ** 2 / xs.length) / xs.length;
};
const close = (got: number, want: number, rel = 1e-12): boolean => Math.abs(got - want) <= rel * Math.max(1e-300, Math.abs(want));

describe('sliding mean and variance', () => {
  for (const n of [1, 2, 3, 20, 251]) {
    for (const [name, level, step] of [['prices', 250, 0.1], ['a level of a billion', 1e9, 0.05], ['around zero', 0, 1]] as const) {
      it(`${name}, window ${n}: equal a fresh computation`, () => {
        const xs = walk(3000, level, step);
        const S = slabOf(slidingCells(n));
        const M = slabOf(momentCells(n));
        const bad = xs.filter((x, r) => {
          const mean = slideMean(S, A, n, x);
          const variance = slideVariance(M, A, n, x);
          if (r < n - 1) return mean === mean || variance === variance;
          const want = varianceOf(window(xs, r, n));
          const spread = Math.sqrt(want) + Math.abs(level) * 1e-3;
          return Math.abs(mean - meanOf(window(xs, r, n))) > 1e-11 * spread || Math.abs(variance - want) > 1e-9 * want
            || Math.abs(momentMean(M, A, n) - mean) > 1e-11 * spread;
        });
        expect(bad).toEqual([]);
      });
    }
  }

  it('a constant series has its own value as mean and a variance of exactly 0', () => {
    for (const x of [0.1, 1 / 3, 1e-12, 123456.789, 1e14, -0.7]) {
      const S = slabOf(slidingCells(7));
      const M = slabOf(momentCells(7));
      for (let r = 0; r < 50; r++) {
        const mean = slideMean(S, A, 7, x);
        const variance = slideVariance(M, A, 7, x);
        if (r >= 6) expect([mean, variance]).toEqual([x, 0]);
      }
    }
  });

  it('a window that turns constant has a variance of exactly 0 on that very row', () => {
    const M = slabOf(momentCells(10));
    for (const x of walk(33, 100, 5)) slideVariance(M, A, 10, x);
    const last = Array.from({ length: 10 }, () => slideVariance(M, A, 10, 0.1));
    expect(last.findIndex((v) => v === 0)).toBe(9);
  });

  it('an outlier of 1e17 leaves no trace once it has left the window', () => {
    const xs = walk(200, 250, 1);
    xs[57] = 1e17;
    const n = 20;
    const S = slabOf(slidingCells(n));
    const M = slabOf(momentCells(n));
    xs.forEach((x, r) => {
      const mean = slideMean(S, A, n, x);
      const variance = slideVariance(M, A, n, x);
      if (r < 57 + n) return;
      expect(close(mean, meanOf(window(xs, r, n)))).toBe(true);
      expect(close(variance, varianceOf(window(xs, r, n)), 1e-9)).toBe(true);
    });
  });

  it('a window of zeros after large values has the sum 0', () => {
    const S = slabOf(slidingCells(6));
    for (const x of walk(20, 1e9, 1e6)) slideSum(S, A, 6, x / 3);
    const sums = Array.from({ length: 6 }, () => slideSum(S, A, 6, 0));
    expect(sums[5]).toBe(0);
    expect(sums[4]).toBeGreaterThan(0);
  });
});

it('the weighted mean equals a fresh computation', () => {
  const n = 9;
  const xs = walk(500, 1e6, 1);
  const S = slabOf(weightedCells(n));
  xs.forEach((x, r) => {
    const got = slideWeighted(S, A, n, x);
    const want = window(xs, r, n).reduce((sum, y, i) => sum + (i + 1) * y, 0) / 45;
    if (r >= n - 1) expect(close(got, want, 1e-13)).toBe(true);
  });
});

it('the extreme and its age equal a scan, ties to the newest', () => {
  const random = new Random(3);
  for (const n of [1, 2, 3, 14, 60]) {
    for (const sign of [1, -1]) {
      const xs = Array.from({ length: 800 }, () => random.int(0, 9));
      const S = slabOf(extremeCells(n));
      xs.forEach((x, r) => {
        const seen = xs.slice(Math.max(0, r - n + 1), r + 1);
        const want = sign * Math.max(...seen.map((y) => sign * y));
        expect([slideExtreme(S, A, n, sign, x), extremeAge(S, A, n)]).toEqual([want, seen.length - 1 - seen.lastIndexOf(want)]);
      });
    }
  }
});

it('quantiles equal those of a sorted copy', () => {
  const random = new Random(4);
  for (const n of [1, 2, 5, 16]) {
    const xs = Array.from({ length: 400 }, (_, r) => (r % 3 === 0 ? random.int(0, 4) : random.normal()));
    const S = slabOf(sortedCells(n));
    xs.forEach((x, r) => {
      if (!slideSorted(S, A, n, x)) return expect(r).toBeLessThan(n - 1);
      const sorted = [...window(xs, r, n)].sort((a, b) => a - b);
      expect([...S.slice(A + 1 + n, A + 1 + 2 * n)]).toEqual(sorted);
      expect([sortedQuantile(S, A, n, 0), sortedQuantile(S, A, n, 1)]).toEqual([sorted[0], sorted[n - 1]]);
    });
  }
});

it('the correlation equals a fresh computation, in [-1, 1], null while one side is constant', () => {
  const n = 12;
  const xs = walk(600, 1e7, 1, 8);
  const ys = walk(600, 1e-3, 1e-4, 9).map((y, r) => (r > 300 && r < 330 ? 0.25 : y));
  const S = slabOf(coMomentCells(n));
  xs.forEach((x, r) => {
    const got = slideCorrelation(S, A, n, x, ys[r]);
    const a = window(xs, r, n);
    const b = window(ys, r, n);
    if (r < n - 1 || varianceOf(b) === 0) return expect(got).toBeNaN();
    const [ma, mb] = [meanOf(a), meanOf(b)];
    const want = a.reduce((sum, v, i) => sum + (v - ma) * (b[i] - mb), 0) / n / Math.sqrt(varianceOf(a) * varianceOf(b));
    expect(Math.abs(got - want)).toBeLessThan(1e-9);
    return expect(Math.abs(got)).toBeLessThanOrEqual(1);
  });
});
