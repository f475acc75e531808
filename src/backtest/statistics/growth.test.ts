import { expect, it } from 'vitest';
import { dayOf } from '../../core/calendars/civil.ts';
import { DAY } from '../../core/time.ts';
import { dateOf } from './dates.ts';
import { aggregateReturns, cumReturns, cumReturnsFinal, dailyReturns, timeWeightedReturn } from './growth.ts';

const at = (year: number, month: number, day: number): number => dayOf(year, month, day) * DAY;

it('weeks are those of ISO 8601', () => {
  const weeks: [number, number, number, number][] = [[2021, 1, 3, 53], [2021, 1, 4, 1], [2020, 12, 31, 53], [2018, 12, 31, 1], [2016, 2, 29, 9], [1969, 12, 31, 1]];
  for (const [year, month, day, week] of weeks) expect(dateOf(at(year, month, day)).week).toBe(week);
  expect(dateOf(at(2024, 2, 29) + DAY - 1)).toEqual({ year: 2024, month: 2, week: 9, weekday: 3 });
  expect(dateOf(at(2023, 12, 31))).toEqual({ year: 2023, month: 12, week: 52, weekday: 6 });
});

it('returns compound within their part of the calendar, in order, whatever is missing', () => {
  const ts = [at(2023, 3, 31), at(2023, 4, 1), at(2023, 4, 2), at(2024, 4, 1)];
  const returns = [0.1, 0.1, NaN, 0.5];
  const rounded = (span: 'monthly' | 'quarterly' | 'yearly'): unknown => aggregateReturns(ts, returns, span)
    .map((a) => [a.year, a.part, Number(a.value.toFixed(12))]);
  expect(rounded('monthly')).toEqual([[2023, 3, 0.1], [2023, 4, 0.1], [2024, 4, 0.5]]);
  expect(rounded('quarterly')).toEqual([[2023, 1, 0.1], [2023, 2, 0.1], [2024, 2, 0.5]]);
  expect(rounded('yearly')).toEqual([[2023, 0, 0.21], [2024, 0, 0.5]]);
  expect([...dailyReturns([at(2023, 1, 1), at(2023, 1, 1) + 5, at(2023, 1, 2)], [0.1, 0.1, -0.5])].map((r) => Number(r.toFixed(12)))).toEqual([0.21, -0.5]);
  expect(dailyReturns([], []).length).toBe(0);
});

it('a missing return counts as none', () => {
  expect([...cumReturns([NaN, 0.5, NaN, 1], 100)]).toEqual([100, 150, 150, 300]);
  expect(cumReturnsFinal([NaN, NaN])).toBe(0);
  expect(cumReturnsFinal([])).toBeNaN();
});

it('deposits are no return, counted at the end of a stretch or at the start of the next', () => {
  // 100 grows to 110, 90 come in, 200 grow to 220.
  expect(timeWeightedReturn([100, 200, 220], [0, 90, 0])).toBeCloseTo(0.21, 12);
  expect(timeWeightedReturn([100, 110, 220], [0, 90, 0], 'start')).toBeCloseTo(0.21, 12);
  expect(timeWeightedReturn([100], [0])).toBeNaN();
});
