import { expect, it } from 'vitest';
import { dayOf } from '../../core/calendars/civil.ts';
import { DAY } from '../../core/time.ts';
import { worstDrawdowns } from './drawdowns.ts';
import { statisticsInput } from './input.ts';
import { tradeOf } from './reference.fixture.ts';
import { rollingBeta, rollingSharpe, rollingVolatility } from './rolling.ts';
import { byMonth, byRegime, bySymbol, byYear, drawdownCurve, extremeTrades, marketRegimes, monthTable, volatilityRegimes } from './splits.ts';

const date = (year: number, month: number, day: number): number => dayOf(year, month, day) * DAY;

it('a table of months: a row a year, null where the run was not', () => {
  const ts = Float64Array.of(date(2023, 11, 30), date(2023, 12, 15), date(2023, 12, 31), date(2024, 1, 31), date(2024, 3, 31));
  const input = statisticsInput({ ts, equity: Float64Array.of(100, 110, 121, 60.5, 121) });
  const table = monthTable(input);
  expect(table.map((r) => r.year)).toEqual([2023, 2024]);
  expect(table[0].months.slice(0, 11)).toEqual(Array(11).fill(null));
  expect(table[0].months[11]).toBeCloseTo(0.21, 12);
  expect(table[1].months.slice(0, 4)).toEqual([-0.5, null, 1, null]);
  expect(table[1].total).toBeCloseTo(0, 12);
  expect(byYear(input).map((r) => [r.label, r.periods])).toEqual([['2023', 2], ['2024', 2]]);
  expect(byYear(input)[1].maxDrawdown).toBeCloseTo(0.5, 12);
  expect(byMonth(input).map((r) => r.label)).toEqual(['2023-12', '2024-01', '2024-03']);
});

it('symbols, the one that earned most first; open trades count nowhere', () => {
  const rows = bySymbol([tradeOf({ symbol: 'B', pnl: 10, return: 0.1 }), tradeOf({ symbol: 'A', pnl: 50, return: 0.2 }),
    tradeOf({ symbol: 'A', pnl: -20, return: -0.1, commission: 1 }), tradeOf({ symbol: 'C', pnl: 99, open: true })]);
  expect(rows.map((r) => [r.symbol, r.trades, r.pnl, r.winRate, r.profitFactor, r.commission])).toEqual([
    ['A', 2, 30, 0.5, 2.5, 1], ['B', 1, 10, 1, null, 0],
  ]);
  expect(extremeTrades([tradeOf({ return: 1 }), tradeOf({ return: -1 }), tradeOf({ return: 0 })], 1)).toMatchObject({
    best: [{ return: 1 }], worst: [{ return: -1 }] });
});

it('regimes are what was known when the period began', () => {
  const benchmark = [1, 2, 3, 2, 1, 1, 5];
  expect(marketRegimes(benchmark, 3)).toEqual([null, null, 'bull', 'bear', 'bear', 'bear']);
  // What comes later changes no label.
  expect(marketRegimes([...benchmark.slice(0, 6), -99], 3)).toEqual(marketRegimes(benchmark, 3));
  const calmThenWild = Float64Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (i < 30 ? 0.001 : 0.05));
  const labels = volatilityRegimes(calmThenWild, 5);
  expect(labels.slice(0, 5)).toEqual(Array(5).fill(null));
  expect(labels[59]).not.toBe('calm');
  const rows = byRegime(statisticsInput({ ts: Float64Array.from({ length: 61 }, (_, i) => i * DAY), equity: new Float64Array(61).fill(1) }), labels);
  expect(rows.reduce((a, r) => a + r.periods, 0)).toBe(55);
  expect(rows.every((r) => r.totalReturn === 0 && r.sharpe === null)).toBe(true);
});

it('rolling measures stand at the end of their window', () => {
  const returns = Float64Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 0.02 : -0.01));
  const [s, v, b] = [rollingSharpe(returns, 4, 252), rollingVolatility(returns, 4, 252), rollingBeta(returns, returns.map((r) => r / 2), 4)];
  expect([s.length, v.length, b.length]).toEqual([10, 10, 10]);
  expect([...s.subarray(0, 3)].every(Number.isNaN)).toBe(true);
  expect(v[3]).toBeCloseTo(Math.sqrt(252 * 4 * 0.015 ** 2 / 3), 12);
  expect(s[9]).toBeCloseTo(0.005 * 252 / v[9], 12);
  expect(b[9]).toBeCloseTo(2, 12);
  expect([...rollingSharpe([1, 2], 4, 252)].every(Number.isNaN)).toBe(true);
});

it('the deepest drawdowns, and the curve of them', () => {
  const equity = Float64Array.of(10, 9, 10, 5, 11, 10.5);
  const input = statisticsInput({ ts: Float64Array.from(equity, (_, i) => i * DAY), equity });
  expect(worstDrawdowns(input.drawdowns, 2).map((d) => [d.startAt, d.troughAt, d.endAt, d.days])).toEqual([[2, 3, 4, 2], [0, 1, 2, 2]]);
  expect([...drawdownCurve(input.ts, equity)].map((d) => Number(d.toFixed(4)))).toEqual([0, 0.1, 0, 0.5, 0, 0.0455]);
});
