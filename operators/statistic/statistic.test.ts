import { describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/core/kernel.ts';
import { runKernel } from '../../src/core/run-kernel.ts';
import { barsSince } from './bars-since.ts';
import { corr } from './corr.ts';
import { crossesAbove } from './crosses-above.ts';
import { crossesBelow } from './crosses-below.ts';
import { diff } from './diff.ts';
import { falling } from './falling.ts';
import { lag } from './lag.ts';
import { percentRank } from './percent-rank.ts';
import { quantile } from './quantile.ts';
import { rising } from './rising.ts';
import { stdev } from './stdev.ts';
import { zscore } from './zscore.ts';

const _ = NaN;
const run = (k: Kernel, params: Record<string, unknown>, ...inputs: number[][]): number[] =>
  [...runKernel(k, params, inputs.map((list) => Float64Array.from(list)))[0]];

describe('comparison over time', () => {
  it('crosses: touching is not crossing, leaving the touch upwards is', () => {
    expect(run(crossesAbove, {}, [1, 2, 2, 3, 4, 1, 3], [2, 2, 2, 2, 2, 2, 2])).toEqual([_, 0, 0, 1, 0, 0, 1]);
    expect(run(crossesBelow, {}, [3, 2, 2, 1, 0, 3, 1], [2, 2, 2, 2, 2, 2, 2])).toEqual([_, 0, 0, 1, 0, 0, 1]);
  });

  it('crosses: the first row on which both are known never crosses', () => {
    expect(run(crossesAbove, {}, [5, 5, 5], [_, 1, 1])).toEqual([_, _, 0]);
  });

  it('crosses: above and below never on the same row', () => {
    const x = Array.from({ length: 200 }, (_r, r) => Math.sin(r));
    const y = x.map((_r, r) => Math.cos(1.7 * r));
    const above = run(crossesAbove, {}, x, y);
    const below = run(crossesBelow, {}, x, y);
    expect(above.filter((a, r) => a === 1 && below[r] === 1)).toEqual([]);
    expect(above.filter((a) => a === 1).length).toBeGreaterThan(10);
  });

  it('rising and falling: an equal value breaks the run, a null row does not', () => {
    expect(run(rising, { n: 2 }, [1, 2, 3, 3, 4, 5])).toEqual([_, _, 1, 0, 0, 1]);
    expect(run(rising, { n: 2 }, [1, 2, _, 3])).toEqual([_, _, _, 1]);
    expect(run(falling, {}, [3, 2, 2, 1])).toEqual([_, 1, 0, 1]);
  });

  it('lag and diff count rows, null ones included', () => {
    expect(run(lag, { n: 0 }, [1, _, 3])).toEqual([1, _, 3]);
    expect(run(lag, { n: 2 }, [1, _, 3, 4, 5])).toEqual([_, _, 1, _, 3]);
    expect(run(diff, { n: 2 }, [1, _, 3, 4, 5])).toEqual([_, _, 2, _, 2]);
  });

  it('bars_since: null before the first time, counts null rows', () => {
    expect(run(barsSince, {}, [_, 0, 1, _, 0, 1])).toEqual([_, _, 0, 1, 2, 0]);
  });
});

describe('statistics', () => {
  it('zscore is null in a constant window and bounded by sqrt(period - 1)', () => {
    expect(run(zscore, { period: 3 }, [2, 2, 2, 2])).toEqual([_, _, _, _]);
    expect(run(zscore, { period: 5 }, [0, 0, 0, 0, 1])[4]).toBeCloseTo(2, 12);
  });

  it('stdev keeps its digits where the level is large against the spread', () => {
    expect(run(stdev, { period: 4 }, [1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4])[3]).toBeCloseTo(Math.sqrt(1.25), 12);
  });

  /** quantile(c(1, 2, 3, 4), 0.4) in R is 2.2. */
  it('quantile is linear between neighbours', () => {
    expect(run(quantile, { period: 4, q: 0.4 }, [4, 1, 3, 2])[3]).toBeCloseTo(2.2, 12);
    expect(run(quantile, { period: 4, q: 1 }, [4, 1, 3, 2])[3]).toBe(4);
  });

  it('percent_rank counts ties half', () => {
    expect(run(percentRank, { period: 4 }, [1, 1, 1, 1, 9])).toEqual([_, _, _, 0.5, 0.875]);
  });

  it('corr is null while one side stands still', () => {
    expect(run(corr, { period: 3 }, [1, 2, 3, 4], [5, 5, 5, 6])).toEqual([_, _, _, expect.closeTo(Math.sqrt(0.75), 12)]);
  });
});
