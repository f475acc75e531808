import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY } from '../../core/time.ts';
import type { BacktestRun, TradeRow } from '../model.ts';
import { STATISTICS, statisticNamed, statistics } from './catalogue/index.ts';
import { inputOf, statisticsInput, type StatisticsInput } from './input.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { paretoTail } from './pareto-tail.ts';
import { tradeOf } from './reference.fixture.ts';
import { UNITS } from './statistic.ts';

const input = (equity: readonly number[], more: Partial<StatisticsInput> = {}): StatisticsInput =>
  statisticsInput({ ts: Float64Array.from(equity, (_, i) => i * DAY), equity: Float64Array.from(equity), ...more });

describe('the list of statistics', () => {
  it('has more than 85, each with what one needs to read it, and no name twice', () => {
    expect(STATISTICS.length).toBeGreaterThan(140);
    expect(new Set(STATISTICS.map((s) => s.name)).size).toBe(STATISTICS.length);
    expect(new Set(STATISTICS.map((s) => s.title)).size).toBe(STATISTICS.length);
    for (const s of STATISTICS) {
      expect(Object.isFrozen(s)).toBe(true);
      expect(s.name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(UNITS).toContain(s.unit);
      expect(Math.min(s.title.length, s.formula.length, s.source.length)).toBeGreaterThan(2);
      expect(s.annualisation === null || s.annualisation.length > 2).toBe(true);
    }
  });

  it('says how it is brought to a year wherever it is', () => {
    // With four times as many periods a year and all else the same, only what is annualised by periods may change.
    const walk = [100, 101, 99, 102, 104, 101, 103, 99, 100, 105];
    const benchmark = Float64Array.from(walk, (x, i) => x + (i % 3));
    const [a, b] = [252, 1008].map((periodsPerYear) => statistics(input(walk, { benchmark, periodsPerYear })));
    const moved = STATISTICS.filter((s) => a[s.name] !== b[s.name]);
    expect(moved.length).toBeGreaterThan(15);
    expect(moved.filter((s) => s.annualisation === null).map((s) => s.name)).toEqual([]);
  });

  it('every one is a number or null of nothing, of one value, of a constant, of gaps, of ruin', () => {
    const one = [tradeOf({ pnl: 5, return: 0.05 })];
    const cases = [input([]), input([100]), input([100, 100, 100]), input([100, 101, 102.01]), input([100, NaN, 101, 99]), input([100, 50, 0]),
      input([100, 50, -20, -10]), input([100, 101], { trades: one }), input([100, 100, 100], { benchmark: Float64Array.of(1, 1, 1) })];
    for (const c of cases) {
      for (const [name, value] of Object.entries(statistics(c))) {
        expect(value === null || Number.isFinite(value), `${name} is ${value}`).toBe(true);
      }
    }
  });

  it('a constant has no ratio, one trade no deviation, no trade no rate', () => {
    const still = statistics(input([100, 100, 100, 100]));
    expect([still.sharpe, still.sortino, still.calmar, still.sharpe_geometric, still.information_ratio, still.beta]).toEqual(Array(6).fill(null));
    expect([still.total_return, still.volatility, still.max_drawdown, still.drawdowns]).toEqual([0, 0, 0, 0]);
    // Growth that is the same in every period but for rounding.
    expect(statistics(input(Array.from({ length: 50 }, (_, i) => 100 * 1.01 ** i))).sharpe).toBeNull();
    const none = statistics(input([100, 101, 99]));
    expect([none.trades, none.win_rate, none.profit_factor, none.expectancy, none.average_pnl, none.best_trade]).toEqual([0, null, null, null, null, null]);
    const one = statistics(input([100, 101, 99], { trades: [tradeOf({ pnl: 5, return: 0.05, bars: 3, mae: -0.01, mfe: 0.06 })] }));
    expect([one.trades, one.win_rate, one.profit_factor, one.sqn_sample, one.average_bars, one.edge_ratio]).toEqual([1, 1, null, null, 3, 6]);
  });

  it('is found by name, and computes only what is asked for', () => {
    expect(statisticNamed('sharpe')?.title).toBe('Sharpe ratio');
    expect(statisticNamed('nothing')).toBeUndefined();
    expect(statistics(input([100, 110]), ['total_return', 'unknown'])).toEqual({ total_return: expect.closeTo(0.1, 12), unknown: null });
  });
});

it('a run is read as it is: a benchmark of NaN is none, open trades are counted apart', () => {
  const run = {
    curve: { ts: Float64Array.of(0, DAY, 2 * DAY), equity: Float64Array.of(1000, 1010, 990), cash: new Float64Array(3), gross: new Float64Array(3),
      net: new Float64Array(3), benchmark: new Float64Array(3).fill(NaN) },
    periodsPerYear: 365, capital: 1000, trades: [tradeOf({ pnl: 20, commission: 2 }), tradeOf({ pnl: -5 }), tradeOf({ open: true, pnl: 500 })],
    costs: { commission: 2, slippage: 1, borrow: 0, funding: 0, interest: -0.5, total: 2.5 }, exposure: 0.4, turnover: 5000, trials: 1,
  } satisfies Partial<BacktestRun>;
  const got = statistics(inputOf(run, { riskFree: 0.05 }));
  expect(got).toMatchObject({ trades: 2, open_trades: 1, profit_factor: 4, average_pnl: 7.5, exposure: 0.4, commission: 2, interest: -0.5, costs: 2.5,
    costs_of_turnover: 0.0005, beta: null, benchmark_return: null, trials: 1 });
  expect(got.costs_of_gross_profit).toBeCloseTo(2.5 / 22, 12);
  expect(got.deflated_sharpe).toBe(got.probabilistic_sharpe);
  expect(statistics(inputOf({ ...run, trials: 10 })).deflated_sharpe).toBeNull();
  const searched = statistics(inputOf({ ...run, trials: 10 }, { trialVariance: 0.01 }));
  expect(searched.deflated_sharpe).toBeLessThan(searched.probabilistic_sharpe ?? NaN);
});

it('the normal distribution to 14 digits', () => {
  // scipy.stats.norm
  const known = [[-8, 6.220960574271785e-16], [-1.959963984540054, 0.025], [-0.5, 0.3085375387259869], [0, 0.5], [1.2, 0.8849303297782918],
    [3, 0.9986501019683699], [-20, 2.7536241186062337e-89]];
  for (const [x, p] of known) {
    expect(normalCdf(x) / p).toBeCloseTo(1, 12);
    if (x > -9) expect(normalQuantile(p)).toBeCloseTo(x, 10);
  }
  expect([normalQuantile(0), normalQuantile(1), normalQuantile(-1), normalCdf(NaN)]).toEqual([-Infinity, Infinity, NaN, NaN]);
});

it('a fat tail is found again', () => {
  // Losses of a generalised Pareto distribution with shape 0.5: value at risk grows as (1 / p)^0.5.
  const losses = Float64Array.from({ length: 2000 }, (_, i) => -0.02 / 0.5 * (((i + 0.5) / 2000) ** -0.5 - 1));
  const fit = paretoTail(losses);
  expect(fit?.shape).toBeCloseTo(0.5, 1);
  expect(Math.abs((fit?.valueAtRisk ?? NaN) - 0.04 * (0.01 ** -0.5 - 1))).toBeLessThan(0.01);
  expect(fit?.shortfall).toBeGreaterThan(fit?.valueAtRisk ?? NaN);
  expect(paretoTail(losses.subarray(0, 50))).toBeNull();
});

describe('what holds of any account', () => {
  const steps = fc.array(fc.double({ min: -0.2, max: 0.25, noNaN: true }), { minLength: 3, maxLength: 60 });
  const walk = (r: readonly number[], start = 1000): number[] => r.reduce((all, x) => [...all, (all.at(-1) ?? start) * (1 + x)], [start]);
  const trades = fc.array(fc.record({ pnl: fc.double({ min: -100, max: 100, noNaN: true }), days: fc.integer({ min: 0, max: 50 }) }), { maxLength: 30 })
    .map((all) => all.map(({ pnl, days }, i): TradeRow => tradeOf({ pnl, return: pnl / 100, entryTs: i * DAY, exitTs: (i + days) * DAY })));

  it('ratios do not depend on the unit of money', () => {
    fc.assert(fc.property(steps, fc.integer({ min: -10, max: 20 }), (r, power) => {
      // A power of two changes no digit, so that equal means equal.
      const [a, b] = [1000, 1000 * 2 ** power].map((start) => input(walk(r, start)));
      for (const s of STATISTICS) if (s.unit === 'ratio' || s.unit === 'percent') expect(s.of(b), s.name).toBe(s.of(a));
    }));
  });

  it('drawdowns lie in 0 to 1, the mean below the largest, and a gain without loss has none', () => {
    fc.assert(fc.property(steps, (r) => {
      const m = statistics(input(walk(r)));
      const deepest = m.max_drawdown ?? NaN;
      expect(deepest).toBeGreaterThanOrEqual(0);
      expect(deepest).toBeLessThanOrEqual(1);
      for (const name of ['average_drawdown', 'ulcer_index', 'pain_index', 'current_drawdown']) {
        // The ulcer index divides by one less than the periods.
        expect(m[name] ?? 0, name).toBeLessThanOrEqual(deepest * Math.sqrt(r.length / (r.length - 1)) + 1e-12);
      }
      expect(statistics(input(walk(r.map(Math.abs)))).max_drawdown).toBe(0);
    }));
  });

  it('more risk-free return is less Sharpe; value at risk is no worse than the shortfall beyond it', () => {
    fc.assert(fc.property(steps, (r) => {
      const [a, b] = [0, 0.05].map((riskFree) => statistics(input(walk(r), { riskFree })));
      if (a.sharpe !== null) expect(b.sharpe).toBeLessThan(a.sharpe);
      expect((a.cvar_95 ?? 0)).toBeLessThanOrEqual((a.var_95 ?? 0) + 1e-12);
      expect((a.var_99 ?? 0)).toBeLessThanOrEqual((a.var_95 ?? 0) + 1e-12);
    }));
  });

  it('trades: wins and losses add up, in number and in money', () => {
    fc.assert(fc.property(trades, (all) => {
      const m = statistics(input([1000, 1010, 1005], { trades: all }));
      const value = (name: string): number => m[name] ?? 0;
      expect(value('wins') + value('losses') + all.filter((t) => t.pnl === 0).length).toBe(all.length);
      const total = all.reduce((a, t) => a + t.pnl, 0);
      expect(value('gross_profit') - value('gross_loss')).toBeCloseTo(total, 8);
      expect(value('long_trades') + value('short_trades')).toBe(all.length);
      if (m.profit_factor !== null) expect(m.profit_factor >= 1).toBe(value('gross_profit') >= value('gross_loss'));
      if (m.win_rate !== null) expect(m.win_rate * all.length).toBeCloseTo(value('wins'), 9);
      expect(value('max_win_streak') + value('max_loss_streak')).toBeLessThanOrEqual(all.length);
      if (all.length > 0) expect(value('worst_pnl')).toBeLessThanOrEqual(value('best_pnl'));
    }));
  });

  it('against itself an account has beta 1, no alpha and captures all', () => {
    fc.assert(fc.property(steps, (r) => {
      const equity = walk(r);
      const m = statistics(input(equity, { benchmark: Float64Array.from(equity) }));
      if (m.beta !== null) expect(m.beta).toBeCloseTo(1, 9);
      if (m.alpha !== null) expect(m.alpha).toBeCloseTo(0, 6);
      expect(m.excess_return).toBeCloseTo(0, 12);
      expect(m.tracking_error).toBe(0);
      expect(m.information_ratio).toBeNull();
    }));
  });
});
