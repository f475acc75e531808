import { describe, expect, it } from 'vitest';
import { runKernel } from '../../src/core/run-kernel.ts';
import { atr } from './atr.ts';
import { ema } from './ema.ts';
import { kama } from './kama.ts';
import { macd } from './macd.ts';
import { mfi } from './mfi.ts';
import { obv } from './obv.ts';
import { psar } from './psar.ts';
import { rsi } from './rsi.ts';
import { stoch } from './stoch.ts';
import { supertrend } from './supertrend.ts';
import { vwap } from './vwap.ts';

const run = (k: Parameters<typeof runKernel>[0], params: Record<string, unknown>, ...inputs: (number | null)[][]): number[][] =>
  runKernel(k, params, inputs.map((list) => Float64Array.from(list, (x) => x ?? NaN))).map((column) => [...column]);
const rounded = (xs: readonly number[], digits: number): number[] => xs.map((x) => Math.round(x * 10 ** digits) / 10 ** digits);
const flat = (n: number, x: number): number[] => Array.from({ length: n }, () => x);

describe('reference values', () => {
  /** Closes of the worked RSI example of StockCharts' ChartSchool (QQQQ, December 2009), 14 periods: 70.53, 66.32, 66.55, 69.41, ... */
  it('rsi: the worked example of ChartSchool', () => {
    const close = [44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.614,
      46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439];
    expect(rounded(run(rsi, {}, close)[0].slice(14), 2)).toEqual([70.53, 66.32, 66.55, 69.41, 66.36, 57.97]);
  });

  /** Closes and 10-day averages of ChartSchool's table for moving averages. */
  it('ema: the worked example of ChartSchool', () => {
    const close = [22.27, 22.19, 22.08, 22.17, 22.18, 22.13, 22.23, 22.43, 22.24, 22.29, 22.15, 22.39, 22.38, 22.61, 23.36];
    expect(rounded(run(ema, { period: 10 }, close)[0].slice(9), 2)).toEqual([22.22, 22.21, 22.24, 22.27, 22.33, 22.52]);
  });
});

describe('edges', () => {
  it('macd: signal and hist stay null until they are warm, and one line needs all three parameters in order', () => {
    const out = run(macd, {}, Array.from({ length: 40 }, (_, r) => 100 + Math.sin(r)));
    expect(out.map((column) => column.findIndex((x) => x === x))).toEqual([25, 33, 33]);
    expect(macd.check({ fast: 26, slow: 12, signal: 9 })).toBe('fast (26) must be shorter than slow (12)');
  });

  it('rsi: null in a flat market, 100 and 0 in one direction', () => {
    expect(run(rsi, { period: 3 }, flat(8, 5))[0].every(Number.isNaN)).toBe(true);
    expect(run(rsi, { period: 3 }, [1, 2, 3, 4, 5])[0].slice(3)).toEqual([100, 100]);
    expect(run(rsi, { period: 3 }, [5, 4, 3, 2, 1])[0].slice(3)).toEqual([0, 0]);
  });

  it('stoch: rows without range are null and stay out of the averages', () => {
    const [k, d] = run(stoch, { k: 2, smooth: 2, d: 2 }, [2, 3, 3, 3, 4, 5], [1, 2, 3, 3, 3, 4], [2, 3, 3, 3, 4, 5]);
    expect(k).toEqual([NaN, NaN, 100, NaN, 100, 100]);
    expect(d).toEqual([NaN, NaN, NaN, NaN, 100, 100]);
  });

  it('mfi: one-sided flow is exactly 100, and a market that stops flowing is null rather than rounding error', () => {
    const price = [...Array.from({ length: 30 }, (_, r) => 100 + r / 7), ...flat(8, 100 + 29 / 7)];
    const volume = price.map((_, r) => 1e9 / (r + 3));
    const [out] = run(mfi, { period: 5 }, price, price, price, volume);
    expect(new Set(out.slice(5, 34))).toEqual(new Set([100]));
    expect(out.slice(34)).toEqual([NaN, NaN, NaN, NaN]);
  });

  it('atr: a gap counts, a flat market has a range of 0', () => {
    expect(run(atr, { period: 1 }, [10, 20], [9, 19], [10, 20])[0]).toEqual([NaN, 10]);
    expect(run(atr, { period: 3 }, flat(6, 5), flat(6, 5), flat(6, 5))[0].slice(3)).toEqual([0, 0, 0]);
  });

  it('kama: pure noise moves it by the slow weight, a trend by the fast one', () => {
    const [noise] = run(kama, { period: 4 }, [10, 11, 10, 11, 10]);
    expect(noise[4]).toBeCloseTo(11 + (10 - 11) * (2 / 31) ** 2, 12);
    expect(run(kama, { period: 2 }, flat(5, 3))[0].slice(2)).toEqual([3, 3, 3]);
  });

  it('obv: fractions of volume do not drift', () => {
    const up = Array.from({ length: 20_001 }, (_, r) => (r % 2 === 0 ? 10 : 11));
    const [out] = run(obv, {}, up, flat(20_001, 0.1));
    expect(out[20_000]).toBe(0.1);
  });

  it('vwap: null until volume has traded, and deaf to rows without any', () => {
    expect(run(vwap, {}, [5, 10, 99, 20], [5, 10, 99, 20], [5, 10, 99, 20], [0, 1, 0, 1])[0]).toEqual([NaN, 10, 10, 15]);
  });

  it('psar: turns over on a fall through the stop, with the old peak as new stop', () => {
    const [stop, direction] = run(psar, {}, [10, 11, 12, 13, 9], [9, 10, 11, 12, 6]);
    expect(direction).toEqual([NaN, 1, 1, 1, -1]);
    expect(stop[4]).toBe(13);
  });

  it('supertrend: a band never moves away from the price within a trend', () => {
    const close = Array.from({ length: 60 }, (_, r) => 100 + r + 3 * Math.sin(r));
    const [line, direction] = run(supertrend, { period: 5, mult: 2 }, close.map((x) => x + 1), close.map((x) => x - 1), close);
    const broken = line.filter((x, r) => direction[r] === 1 && direction[r - 1] === 1 && x < line[r - 1]);
    expect(broken).toEqual([]);
    expect(direction.at(-1)).toBe(1);
  });
});
