import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarOf } from '../../src/core/calendars/index.ts';
import { parseTime } from '../../src/core/time.ts';
import { capTurnover, due, parseSchedule, withinBand, type Schedule } from './rebalance-rules.ts';

const at = (text: string): number => parseTime(text) as number;
const every = (text: string): Schedule => parseSchedule(text) as Schedule;

describe('schedules', () => {
  it.each([
    ['1d', '2024-03-01T23:59:59Z', '2024-03-02T00:00:00Z'],
    ['1w', '2024-03-03T23:59:59Z', '2024-03-04T00:00:00Z'], // Sunday, Monday.
    ['1M', '2024-02-29T23:59:59Z', '2024-03-01T00:00:00Z'],
    ['quarter', '2024-03-31T23:59:59Z', '2024-04-01T00:00:00Z'],
    ['1y', '2023-12-31T23:59:59Z', '2024-01-01T00:00:00Z'],
    ['4h', '2024-03-01T11:59:59Z', '2024-03-01T12:00:00Z'],
  ])('%s: due from %s to %s, and not again', (text, before, after) => {
    expect(due(at(before), at(after), every(text))).toBe(true);
    expect(due(at(after), at(after) + 1, every(text))).toBe(false);
    expect(due(at(before) - 2, at(before) - 1, every(text))).toBe(false);
    expect(due(NaN, at(before), every(text))).toBe(true);
    expect(due(at(after), at(before), every(text))).toBe(false);
  });

  it('30d counts days after the last, whatever the time of day', () => {
    const last = at('2024-01-01T20:00:00Z');
    expect([due(last, at('2024-01-30T23:00:00Z'), every('30d')), due(last, at('2024-01-31T00:00:00Z'), every('30d'))]).toEqual([false, true]);
  });

  it('a day is the session of the calendar', () => {
    const xnys = calendarOf('XNYS');
    // 15:59 and 16:00 New York: the second already belongs to the next session.
    expect(due(at('2024-03-01T20:30:00Z'), at('2024-03-01T20:59:00Z'), every('1d'), xnys)).toBe(false);
    expect(due(at('2024-03-01T20:30:00Z'), at('2024-03-01T21:00:00Z'), every('1d'), xnys)).toBe(true);
    expect(due(at('2024-03-02T00:30:00Z'), at('2024-03-04T15:00:00Z'), every('1d'), xnys)).toBe(false);
  });

  it('knows no other words', () => expect(['1 d', 'daily', '0d', '-1d', 'M'].map(parseSchedule)).toEqual([null, null, null, null, null]));

  const once = (isDue: typeof due): void => fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 40 * 24 * 60 }), { minLength: 5, maxLength: 60 }), (gaps) => {
    let last = NaN;
    let ts = at('2023-11-20');
    const months = new Map<string, number>();
    for (const gap of gaps) {
      ts += gap * 60e6;
      const month = new Date(ts / 1000).toISOString().slice(0, 7);
      const now = isDue(last, ts, every('1M'));
      if (now) last = ts;
      months.set(month, (months.get(month) ?? 0) + Number(now));
    }
    expect([...months.values()].every((count) => count === 1)).toBe(true);
  }), { seed: 2, numRuns: 100 });
  it('monthly is once in each month that has rows', () => once(due));
  it('months of 30 days are found out', () => expect(() => once((last, ts) => !(Math.floor(ts / 2592e9) <= Math.floor(last / 2592e9)))).toThrow());
});

it('bands hold their edges, and both of them', () => {
  expect([withinBand(0.25, 0.2, { absolute: 0.05 }), withinBand(0.26, 0.2, { absolute: 0.05 })]).toEqual([true, false]);
  expect([withinBand(0.0625, 0.05, { absolute: 0.05, relative: 0.25 }), withinBand(0.07, 0.05, { absolute: 0.05, relative: 0.25 })]).toEqual([true, false]);
  expect([withinBand(-0.5, -0.5, {}), withinBand(-0.5, -0.4, {}), withinBand(0.1, 0, { relative: 0.5 })]).toEqual([true, false, false]);
});

describe('turnover', () => {
  it('goes the same share of each way', () => {
    const out = new Float64Array(3);
    expect(capTurnover(Float64Array.of(0.5, 0.5, 0), Float64Array.of(0, 0.5, 0.5), 3, 0.5, out)).toBe(0.5);
    expect([...out]).toEqual([0.25, 0.5, 0.25]);
    expect(capTurnover(Float64Array.of(0.5, 0.5, 0), Float64Array.of(0, 0.5, 0.5), 3, 1, out)).toBe(1);
    expect([...out]).toEqual([0, 0.5, 0.5]);
  });
  const weights = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 });
  const kept = (f: typeof capTurnover): void => fc.assert(fc.property(weights, weights, fc.double({ min: 0, max: 3, noNaN: true }), (from, to, cap) => {
    const current = Float64Array.from(from);
    const target = Float64Array.from(to);
    const out = new Float64Array(6);
    f(current, target, 6, cap, out);
    const sum = out.reduce((s, x, i) => s + Math.abs(x - current[i]), 0);
    expect(sum).toBeLessThanOrEqual(cap + 1e-12);
    out.forEach((x, i) => expect(Math.abs(target[i] - x)).toBeLessThanOrEqual(Math.abs(target[i] - current[i]) + 1e-15));
  }), { seed: 7, numRuns: 300 });
  it('is never over its cap, and no weight leaves its target', () => kept(capTurnover));
  it('a cap of half the sum, as one-way turnover, is found out', () => expect(() => kept((c, t, n, cap, out) => capTurnover(c, t, n, 2 * cap, out))).toThrow());
});
