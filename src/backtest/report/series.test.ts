import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayOf } from '../../core/calendars/civil.ts';
import { DAY } from '../../core/time.ts';
import type { EquityCurve } from '../model.ts';
import { linear, logarithmic, shortLabel, timeScale } from './axis.ts';
import { drawdowns, monthFinder, monthOf, quantile, rollingSharpe, spread, thin, underwater, yearTable } from './series.ts';
import { histogram } from './trade-series.ts';

const curve = (values: readonly number[], ts = values.map((_, i) => i * DAY)): EquityCurve => {
  const none = Float64Array.from(values, () => NaN);
  return { ts: Float64Array.from(ts), equity: Float64Array.from(values), cash: none, gross: none, net: none, benchmark: none };
};

describe('drawdowns', () => {
  it('are found from peak to recovery, deepest first', () => {
    const found = drawdowns(curve([100, 110, 99, 105, 111, 100, 80, 90]));
    expect(found.map((d) => [d.from / DAY, d.trough / DAY, d.to === null ? null : d.to / DAY, Math.round(d.depth * 1e6), d.lasted / DAY])).toEqual([
      [4, 6, null, Math.round((80 / 111 - 1) * 1e6), 3], [1, 2, 4, -100_000, 3],
    ]);
  });

  it('of a curve that only rises are none', () => {
    expect(drawdowns(curve([1, 2, 3]))).toEqual([]);
    expect(drawdowns(curve([5, 5, 5]))).toEqual([]);
    expect(drawdowns(curve([]))).toEqual([]);
  });

  it('hold the lowest point of the whole', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 60 }), (values) => {
      const found = drawdowns(curve(values));
      const low = underwater(Float64Array.from(values)).reduce((a, v) => Math.min(a, v), 0);
      expect(found[0]?.depth ?? 0).toBe(low);
      for (const d of found) expect(d.trough).toBeGreaterThan(d.from);
    }));
  });
});

describe('thin', () => {
  it('keeps both ends and every extreme within the bound', () => {
    fc.assert(fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 3000 }), (list) => {
      const values = Float64Array.from(list);
      const kept = thin(values, 100);
      expect(kept.length).toBeLessThanOrEqual(102);
      expect(kept[0]).toBe(0);
      expect(kept[kept.length - 1]).toBe(list.length - 1);
      const drawn = kept.map((i) => values[i]);
      expect(Math.min(...drawn)).toBe(Math.min(...list));
      expect(Math.max(...drawn)).toBe(Math.max(...list));
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
    }), { numRuns: 50 });
  });
});

describe('yearTable', () => {
  it('multiplies up to the whole return', () => {
    const ts = Array.from({ length: 900 }, (_, i) => (dayOf(2020, 3, 10) + i) * DAY);
    const values = ts.map((_, i) => 100 + 30 * Math.sin(i / 40) + i / 20);
    const years = yearTable(curve(values, ts));
    const product = (list: readonly (number | null)[]): number => list.reduce<number>((a, r) => a * (1 + (r ?? 0)), 1);
    expect(years.map((y) => y.year)).toEqual([2020, 2021, 2022]);
    expect(product(years.map((y) => y.total))).toBeCloseTo(values[899] / values[0], 12);
    for (const y of years) expect(product(y.months)).toBeCloseTo(1 + (y.total ?? 0), 12);
    expect(years[0].months.slice(0, 3).map((m) => m === null)).toEqual([true, true, false]);
  });

  it('knows the months of the calendar', () => {
    const find = monthFinder();
    for (let day = -800; day < 800; day += 3) expect(find(day * DAY + 5)).toEqual(monthOf(day * DAY + 5));
    expect(monthOf(dayOf(2024, 2, 29) * DAY)).toEqual({ year: 2024, month: 2 });
    expect(monthOf(dayOf(2024, 3, 1) * DAY - 1)).toEqual({ year: 2024, month: 2 });
    expect(monthOf(dayOf(1969, 12, 31) * DAY)).toEqual({ year: 1969, month: 12 });
  });
});

describe('rollingSharpe', () => {
  it('is mean over deviation of the window, annualised', () => {
    // Returns 1 %, -1 %, 2 %: mean 0.02 / 3, deviation (n - 1) 0.0152752...
    const y = rollingSharpe(Float64Array.of(100, 101, 99.99, 101.9898), 3, 252);
    const r = [0.01, -0.01, 0.02];
    const mean = (0.01 - 0.01 + 0.02) / 3;
    const deviation = Math.sqrt(r.reduce((a, v) => a + (v - mean) ** 2, 0) / 2);
    expect(y[2]).toBeNaN();
    expect(y[3]).toBeCloseTo((mean / deviation) * Math.sqrt(252), 9);
  });

  it('of a flat account is nothing', () => {
    expect([...rollingSharpe(new Float64Array(5).fill(7), 2, 252)].every(Number.isNaN)).toBe(true);
  });
});

describe('histogram', () => {
  it('counts every value once, with an edge at zero', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -50_000, max: 50_000 }), { minLength: 1, maxLength: 200 }), (whole) => {
      const values = whole.map((v) => v / 10_000);
      const bins = histogram(values);
      expect(bins.reduce((a, b) => a + b.count, 0)).toBe(values.length);
      expect(bins.length).toBeLessThanOrEqual(90);
      const step = Math.max(...bins.map((b) => b.to - b.from));
      for (const b of bins) expect(b.from < -step * 1e-6 && b.to > step * 1e-6).toBe(false);
    }));
  });

  it('of nothing is nothing', () => expect(histogram([])).toEqual([]));
});

describe('scales', () => {
  it('hold what they are made for, with few lines', () => {
    const value = fc.integer({ min: -1e9, max: 1e9 }).map((v) => v / 1000);
    fc.assert(fc.property(value, value, (a, b) => {
      const y = linear(Math.min(a, b), Math.max(a, b), shortLabel);
      expect(y.place(Math.min(a, b))).toBeGreaterThanOrEqual(-1e-9);
      expect(y.place(Math.max(a, b))).toBeLessThanOrEqual(1 + 1e-9);
      expect(y.ticks.length).toBeLessThanOrEqual(12);
    }));
    fc.assert(fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), fc.double({ min: 4, max: 1e12, noNaN: true }), (low, ratio) => {
      const y = logarithmic(low, low * ratio, shortLabel);
      expect(y.place(low)).toBeGreaterThanOrEqual(0);
      expect(y.place(low * ratio)).toBeLessThanOrEqual(1);
      expect(y.ticks.length).toBeGreaterThanOrEqual(1);
      expect(y.ticks.length).toBeLessThanOrEqual(8);
    }));
  });

  it.each([[60e6], [3600e6], [DAY], [40 * DAY], [200 * DAY], [3 * 365 * DAY], [90 * 365 * DAY], [0]])('of time over %d us have up to 14 lines inside', (span) => {
    const from = dayOf(2019, 11, 17) * DAY + 34_200e6;
    const { ticks, place } = timeScale(from, from + span);
    expect(ticks.length).toBeLessThanOrEqual(14);
    if (span > 120e6) expect(ticks.length).toBeGreaterThanOrEqual(1);
    for (const t of ticks) expect(place(t.at) >= 0 && place(t.at) <= 1).toBe(true);
  });
});

it('quantile and spread take the ends and what lies between', () => {
  expect([quantile([1, 2, 3, 4], 0), quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 1)]).toEqual([1, 2.5, 4]);
  expect(quantile([], 0.5)).toBeNaN();
  expect(spread(101, 3)).toEqual([0, 50, 100]);
  expect(spread(2, 5)).toEqual([0, 1]);
});
